"""Random histories of a small source: every snapshot shows what an oracle, written apart, says it must."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.catalog.capture import finishing, live
from legalhold.catalog.models import Source
from legalhold.connectors import FolderListed

FOLDERS = ((), (b"a",), (b"a", b"b"), (b"c",))
KEYS = (b"1", b"2")
PLACES = tuple((*folder, key) for folder in FOLDERS for key in KEYS)

scans = st.fixed_dictionaries(
    {
        "there": st.dictionaries(st.sampled_from(PLACES), st.sampled_from([b"", b"x", b"y", b"z"])),
        "unread": st.sets(st.sampled_from(PLACES), max_size=2),
        "unlisted": st.sets(st.sampled_from(FOLDERS), max_size=2),
        "is_interrupted": st.booleans(),
    }
)


def listings(scan) -> dict[tuple[bytes, ...], frozenset[bytes]]:
    """The folders there are, as a walk that fails at the unlisted ones would list them."""
    folders = {place[:-1] for place in (*scan["there"], *scan["unread"])}
    folders |= {folder[:depth] for folder in folders | scan["unlisted"] for depth in range(len(folder))} | {()}
    listed = {}
    for folder in sorted(folders | scan["unlisted"]):
        is_reached = all(folder[:depth] not in scan["unlisted"] for depth in range(len(folder) + 1))
        if is_reached:
            below = {
                other[len(folder)]
                for other in folders | scan["unlisted"]
                if other[: len(folder)] == folder and len(other) > len(folder)
            }
            listed[folder] = frozenset(below)
    return listed


def oracle(before: dict, scan) -> dict:
    """What the next snapshot shows: what was found, and of what was there before all that nobody saw to be gone."""
    listed = listings(scan)
    after = {place: data for place, data in scan["there"].items() if place not in scan["unread"]}
    for place, data in before.items():
        if place in after:
            continue
        folder = place[:-1]
        seen_all = folder in listed
        parent_gone = any(
            folder[:depth] in listed and folder[depth] not in listed[folder[:depth]] for depth in range(len(folder))
        )
        if scan["is_interrupted"] or place in scan["unread"] or not (seen_all or parent_gone):
            after[place] = data
    return after


def run(mailbox, item, history) -> list[tuple[dict, dict]]:
    """Capture a history of a new source; returns what each snapshot shows and must show."""
    mailbox.source = Source.objects.create(kind="mailbox", name="Mailbox", created_at=mailbox.clock.now)
    expected, shown = [], {}
    for scan in history:
        capture = mailbox.begin()
        for place in sorted(scan["there"]):
            if place not in scan["unread"]:
                capture.offer(item=item(place, scan["there"][place]))
        for place in scan["unread"]:
            capture.carry(folder=place[:-1], key=place[-1])
        for folder, names in listings(scan).items():
            capture.list_folder(listing=FolderListed(folder, tuple(names)))
        if scan["is_interrupted"]:
            capture.flush()
            mailbox.interrupt(capture)
        else:
            mailbox.finish(capture)
        shown = oracle(shown, scan)
        expected.append(shown)
    return [(mailbox.shows(sequence), must) for sequence, must in zip(itertools.count(1), expected, strict=False)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(st.lists(scans, min_size=1, max_size=5))
def test_every_snapshot_shows_what_was_captured(mailbox, item, history):
    for is_shown, must in run(mailbox, item, history):
        assert is_shown == must


FOUND = {"there": {(b"a", b"1"): b"x"}, "unread": set(), "unlisted": set(), "is_interrupted": False}
NOTHING = {**FOUND, "there": {}}
FAILED = {**NOTHING, "unlisted": {(b"a",)}}
CHANGED_THEN_STOPPED = {**FOUND, "there": {(b"a", b"1"): b"y"}, "is_interrupted": True}


@pytest.mark.parametrize(
    ("room", "name", "mutant", "history"),
    [
        (live, "_is_accounted_for", lambda folder, listed: True, [FOUND, FAILED]),
        (live, "_is_accounted_for", lambda folder, listed: folder in listed, [FOUND, NOTHING]),
        (finishing, "superseded", lambda snapshot: [], [FOUND, CHANGED_THEN_STOPPED]),
        (finishing, "close_versions", lambda snapshot, versions: 0, [FOUND, NOTHING]),
    ],
    ids=["failed listing is absence", "gone folder is kept", "partial keeps what changed", "nothing is closed"],
)
def test_seeded_bug_is_seen_by_the_oracle(mailbox, item, monkeypatch, room, name, mutant, history):
    monkeypatch.setattr(room, name, mutant)

    pairs = run(mailbox, item, history)

    assert [is_shown == must for is_shown, must in pairs] == [True, False]
