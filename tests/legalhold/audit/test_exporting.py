"""An exported trail is checked offline by a program that shares no code with the one that wrote it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from legalhold.audit.exporting import export_trail
from legalhold.audit.models import AuditEvent, SealedEvent
from legalhold.audit.services import create_signing_key, seal
from legalhold.standalone import verify_audit


@pytest.fixture
def exported(trail, key):
    return list(export_trail(public=key.public))


@pytest.fixture
def check(key, anchor):
    def check(lines, anchors=True):
        kept = list(verify_audit.read_anchor(anchor)) if anchors else []
        return verify_audit.check_trail(lines, key=key.public, anchors=kept)

    return check


def changed(lines, number, **changes):
    return [
        *lines[:number],
        json.dumps({**json.loads(lines[number]), **changes}).encode() + b"\n",
        *lines[number + 1 :],
    ]


def test_trail_has_a_line_per_event_and_head(exported):
    kinds = ["+".join(sorted(json.loads(line))) for line in exported]

    assert kinds == [
        "format+public_key", *["event+position"] * 5, "head", *["event+position"] * 5, "head", *["event+position"] * 2, "head",
        "unsealed", "end",
    ]  # fmt: skip


def test_untouched_trail_is_good(exported, check):
    report = check(exported)

    assert (report.sealed, report.unsealed, report.heads, report.anchors, report.findings) == (12, 1, 3, 3, [])


def test_edited_event_is_found_by_the_next_head(exported, check):
    event = json.loads(exported[8])["event"].replace("system:tester", "system:other")

    report = check(changed(exported, 8, event=event), anchors=False)

    assert report.findings[0] == "the head of 10 events doesn't fit: look between positions 5 and 9"


def test_removed_line_is_named(exported, check):
    assert check(exported[:3] + exported[4:]).findings[0] == "position 2 is missing; the next line is of position 3"


def test_swapped_lines_are_named(exported, check):
    lines = [*exported]
    lines[2], lines[3] = lines[3], lines[2]

    assert check(lines).findings[0] == "position 1 is missing; the next line is of position 2"


def test_removed_event_is_named(trail, key, check, forging):
    with forging() as execute:
        execute("DELETE FROM audit_auditevent WHERE id = %s", [SealedEvent.objects.get(position=2).event_id])

    assert check(export_trail(public=key.public)).findings == ["the event at position 2 was removed before the export"]


def test_head_with_another_root_is_found(exported, check):
    head = {**json.loads(exported[6])["head"], "root": "00" * 32}

    assert check(changed(exported, 6, head=head)).findings == [
        "the head of 5 events isn't signed with the key given",
        "the head of 5 events doesn't fit: look between positions 0 and 4",
    ]


def test_head_at_another_place_is_found(exported, check):
    lines = [*exported[:6], exported[7], exported[6], *exported[8:]]

    assert "the head of 5 events stands after 6 events" in check(lines).findings


def test_trail_without_its_last_head_is_found(exported, check):
    assert check(exported[:15] + exported[16:]).findings == ["the events from position 10 on have no signed head"]


def test_trail_cut_off_at_an_older_head_is_found_by_the_anchor_alone(exported, check):
    end = json.dumps({"end": {"sealed": 10, "unsealed": 0}}).encode()
    lines = [*exported[:13], end]

    assert check(lines, anchors=False).findings == []
    assert check(lines).findings == ["the anchor has a head of 12 events, the trail only 10: its end was cut off"]


def test_trail_signed_with_another_key_is_found(exported, anchor, tmp_path, random):
    other = create_signing_key(path=tmp_path / "other.key", random=random)

    report = verify_audit.check_trail(exported, key=other.public, anchors=verify_audit.read_anchor(anchor))

    assert len(report.findings) == 6
    assert all("isn't signed with the key given" in finding for finding in report.findings)


def test_end_that_counts_otherwise_is_found(exported, check):
    lines = [*exported[:-1], json.dumps({"end": {"sealed": 12, "unsealed": 2}}).encode()]

    assert "but has 12 sealed, 1 unsealed" in check(lines).findings[0]


@pytest.mark.parametrize(
    ("number", "line", "says"),
    [
        (0, b"{}", "line 1: this is no audit trail"),
        (0, b"\xff", "line 1:"),
        (2, b"[]", "line 3: it should be an object"),
        (2, b"{", "line 3:"),
        (2, b'{"position":1}', "line 3: 'event'"),
        (2, b'{"position":1,"event":"[]"}', "line 3: an event is an object"),
        (2, b'{"position":1,"leaf":"x"}', "line 3:"),
        (6, b'{"head":{"size":5}}', "line 7: 'root'|line 7: 'sealed_at'"),
        (6, b'{"head":3}', "line 7: 'end'"),
    ],
)
def test_file_that_is_no_trail_is_refused_with_the_line(exported, check, number, line, says):
    with pytest.raises(verify_audit.Unreadable, match=says):
        check([*exported[:number], line, *exported[number + 1 :]])


def test_end_that_is_no_object_is_found(exported, check):
    assert "the trail says it has {}" in check([*exported[:-1], b'{"end":3}']).findings[0]


@pytest.mark.parametrize("count", [0, 5, 17])
def test_file_that_was_cut_off_is_refused(exported, check, count):
    with pytest.raises(verify_audit.Unreadable):
        check(exported[:count])


def test_anchor_that_is_no_anchor_is_refused(exported, check, anchor):
    anchor.write_bytes(b'{"size":1}\n')

    with pytest.raises(verify_audit.Unreadable, match="line 1 of the anchor"):
        check(exported)


def test_empty_trail_is_good(db, key):
    report = verify_audit.check_trail(export_trail(public=key.public), key=key.public)

    assert (report.sealed, report.findings) == (0, [])


def run(*words):
    """Run the one file where nothing of ours can be imported."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", verify_audit.__file__, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_program_runs_alone_and_says_what_it_found(exported, key, anchor, tmp_path):
    good, bad, cut = tmp_path / "good.jsonl", tmp_path / "bad.jsonl", tmp_path / "cut.jsonl"
    good.write_bytes(b"".join(exported))
    bad.write_bytes(b"".join(exported[:3] + exported[4:]))
    cut.write_bytes(b"".join(exported[:-1]))
    public = key.public.hex()

    assert run(good, "--key", public, "--anchor", anchor) == (
        0, "12 sealed and 1 unsealed events, 3 heads, 3 anchors\n0 findings\nunsealed events are in no signed head: they prove"
        " nothing, whoever had the file could have written them\n", "",
    )  # fmt: skip
    code, out, _ = run(bad, "--key", public)
    assert (code, out.splitlines()[0]) == (1, "FOUND: position 2 is missing; the next line is of position 3")
    assert out.splitlines()[-1].startswith("without an anchor")
    assert run(cut, "--key", public)[::2] == (
        1,
        "the file ends before the trail's last line: it was cut off, or not wholly copied\n",
    )
    assert run(tmp_path / "gone", "--key", public)[0] == 1
    assert run(good)[0] == 2


def test_program_prints_the_same_when_called_inside(exported, key, anchor, tmp_path, capsys):
    path = tmp_path / "good.jsonl"
    path.write_bytes(b"".join(exported))

    codes = [
        verify_audit.main([str(path), "--key", key.public.hex(), "--anchor", str(anchor)]),
        verify_audit.main([str(path), "--key", "00" * 32]),
        verify_audit.main([str(tmp_path / "gone"), "--key", key.public.hex()]),
    ]

    assert codes == [0, 1, 1]
    assert "0 findings" in capsys.readouterr().out


def test_program_imports_the_standard_library_alone():
    words = Path(verify_audit.__file__).read_text("utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in words if line.startswith(("import ", "from "))}

    assert imported <= set(sys.stdlib_module_names)


def test_event_with_line_breaks_and_signs_stays_one_line(note, key, at, db):
    from django.db import transaction

    from legalhold.audit.services import record

    with transaction.atomic():
        record(
            verb="thing.done",
            by="a\nb\u2028",
            at=at,
            subject_kind="thing",
            subject_key="\u202e",
            body={"text": '"\\ä\n'},
        )
    seal(key=key, at=at + timedelta(minutes=1))

    lines = list(export_trail(public=key.public))

    assert [line.count(b"\n") for line in lines] == [1] * 4
    assert verify_audit.check_trail(lines, key=key.public).findings == []
    assert AuditEvent.objects.get().actor == "a\nb\u2028"
