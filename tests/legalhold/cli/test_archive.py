"""The commands ``archive`` and ``audit``."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from legalhold.archive import LocalStore
from legalhold.catalog.models import Content, Pack, Part
from legalhold.journal.queries import rebuild_state
from legalhold.journal.services import freeze, note_rebuild

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def pack(home, office) -> Path:
    return home / "archive" / Pack.objects.order_by("pk").first().name


def test_verify_checks_everything(run, done, office):
    data = done("archive", "verify", "--full")
    ran = run("archive", "verify")

    assert (data["is_good"], data["damages"], data["strays"], data["frozen_because"]) == (True, [], [], "")
    assert data["packs"] == Pack.objects.count() > 0
    assert data["parts"] > 0
    assert ran.out.startswith(f"0 damages in {data['packs']} packs (")
    assert ran.out.endswith("every seal checked\n")


def test_verify_names_a_flipped_byte(run, pack):
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)

    ran = run("archive", "verify")

    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith("1 damage in ")
    assert ran.out.splitlines()[1].startswith(f"  packs/{pack.parent.name}/{pack.name} at byte ")


def test_verify_names_a_lost_pack(run, pack):
    pack.unlink()

    ran = run("archive", "verify")

    assert ran.code == 1
    assert f"packs/{pack.parent.name}/{pack.name} at byte 0: " in ran.out


def test_verify_names_what_the_catalog_lost(run, done, office):
    Content.objects.create(content_digest=bytes(32), size_bytes=1, crc32=0)

    ran = run("archive", "verify")

    assert ran.code == 1
    assert ran.out.splitlines()[1:] == ["  the catalog at byte 0: 1 contents without parts"]


def test_verify_names_a_part_that_its_pack_does_not_hold(run, pack):
    row = Pack.objects.order_by("pk").first()
    Part.objects.create(kind=1, part_digest=bytes(32), pack_id=row.pk, offset=16, length=4, raw_length=4)

    ran = run("archive", "verify")

    assert ran.code == 1
    assert ran.out.splitlines()[1:] == [f"  {row.name} at byte 16: the catalog's part {'00' * 32} isn't there"]


def test_verify_leaves_a_stray_file_and_says_so(run, home, pack):
    LocalStore(home / "archive").create(name="packs/zz/stray", data=b"x")

    ran = run("archive", "verify")

    assert ran.code == 0
    assert ran.out.endswith("a file that no catalog row names (left as it is): packs/zz/stray\n")
    assert (home / "archive/packs/zz/stray").exists()


def test_left_over_writing_is_named_while_young_and_removed_at_a_later_start(run, home, office):
    left = home / "archive/packs/.tmp-x-1-1"
    left.write_bytes(b"half")

    young = run("archive", "verify")
    os.utime(left, (0, 0))
    old = run("archive", "verify")

    said = "a file that is being written, or was left half written (removed later): packs/.tmp-x-1-1\n"
    assert (young.code, young.out.endswith(said)) == (0, True)
    assert "removed 1 file that a killed process had left half written" in old.err
    assert (said in old.out, left.exists()) == (False, False)


def test_verify_names_a_broken_journal(run, home, office):
    newest = max((home / "archive" / "journal").iterdir())
    newest.chmod(0o600)
    newest.write_bytes(newest.read_bytes()[:-1])

    ran = run("archive", "verify")

    assert ran.code == 1
    assert "journal at byte 0: " in ran.out
    assert "frozen: " in ran.out


def test_losses_of_a_rebuild_are_confirmed_as_well(run, done, office, at):
    digest = done("archive", "stats")["journal"]["digest"]
    freeze(because="the catalog was rebuilt")
    note_rebuild(at=at, losses=["damaged: packs/ab/cd"])
    losses = rebuild_state().losses_digest

    refused = run("archive", "confirm", digest)
    confirmed = run("archive", "confirm", digest, "--losses", losses)

    assert refused.code == 1
    assert "damaged: packs/ab/cd. Bring the archive back from another copy" in refused.err
    assert f"--losses {losses}" in refused.err
    assert (confirmed.code, done("archive", "stats")["journal"]["frozen_because"]) == (0, "")


def test_stats_counts(run, done, office):
    data = done("archive", "stats")
    text = run("archive", "stats").out

    assert (data["sources"], data["snapshots"], data["versions"], data["tombstones"]) == (2, 2, 37, 0)
    assert data["pack_bytes"] > 0
    assert data["journal"]["unwritten"] == 0
    assert "versions       37 (31.5 kB captured)\n" in text
    assert text.endswith("frozen         no\n")


def test_audit_verify_says_that_nothing_was_changed(run, done, office):
    data = done("audit", "verify")

    assert (data["is_good"], data["unsealed"]) == (True, 0)
    assert data["sealed"] > 4
    assert "no anchor outside the archive was given" in run("audit", "verify").out


def test_audit_verify_compares_an_anchor(run, done, office, settings, tmp_path):
    anchor = tmp_path / "anchor"
    anchor.touch()  # begun when the trail has been sealed before
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, anchor=anchor)
    done("matter", "create", "Case B")
    done("matter", "create", "Case C")
    before = done("audit", "verify")
    anchor.write_text(anchor.read_text() + '{"size": 99}\n')

    ran = run("audit", "verify")

    assert before["is_good"] is True
    assert before["anchors"] > before["heads"]
    assert ran.code == 1
    assert "can't be read" in ran.out


def test_audit_verify_with_an_anchor_that_is_not_there_is_refused(run, office, tmp_path):
    ran = run("audit", "verify", "--anchor", tmp_path / "none")

    assert (ran.code, ran.err) == (1, f"audit: {tmp_path}/none: No such file or directory\n")


def test_audit_export_is_verified_without_this_program(run, done, office, tmp_path):
    trail = tmp_path / "trail"

    data = done("audit", "export", trail)
    again = run("audit", "export", trail)
    checked = subprocess.run(
        [sys.executable, "-I", ROOT / "legalhold/standalone/verify_audit.py", trail, "--key", data["public_key"]],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert (again.code, again.err) == (1, f"audit: {trail} exists; name a new file\n")


def test_anchor_that_can_not_be_written_is_said_after_the_act(run, office, settings, tmp_path):
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, anchor=tmp_path / "none" / "anchor")

    ran = run("matter", "create", "Case B")

    assert ran.code == 1
    assert ran.out.startswith("opened matter Case B")
    assert ran.err.startswith("matter: done, but not sealed and anchored: the anchor ")


def test_audit_verify_with_an_anchor_that_was_emptied_finds_that(run, office, tmp_path):
    anchor = tmp_path / "anchor"
    anchor.touch()

    ran = run("audit", "verify", "--anchor", anchor)

    assert ran.code == 1
    assert ran.out.splitlines()[1:] == [f"  {anchor} keeps no head: nothing could be compared with it"]
