import subprocess
import sys
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

from legalhold.archive import (
    EMPTY_HEAD,
    GroupKey,
    JournalBroken,
    JournalChain,
    JournalEntry,
    JournalHead,
    JournalMoved,
    LocalStore,
    ObjectMissing,
)
from legalhold.archive.journal import chain as chain_module
from legalhold.archive.journal import layout

FIRST = (JournalEntry("hold.placed", b'{"hold":"a"}', 1_772_452_800_000_000), JournalEntry("pin.placed", b"{}", -1))
SECOND = (JournalEntry("snapshot.completed", b'{"n":1}' * 100, 2),)


@pytest.fixture
def journal(store, group):
    return JournalChain(store=store, key=group)


@pytest.fixture
def filled(journal, random):
    head = EMPTY_HEAD
    heads = []
    for entries in (FIRST, SECOND, ()):
        head = journal.append(previous=head, entries=entries, random=random)
        heads.append(head)
    return heads


def test_entries_are_read_back_in_order(store, journal, filled):
    assert [journal.read(sequence) for sequence in (1, 2, 3)] == [
        (filled[0], FIRST),
        (filled[1], SECOND),
        (filled[2], ()),
    ]
    assert list(journal.verify()) == [(filled[0], FIRST), (filled[1], SECOND), (filled[2], ())]
    assert list(store.names(prefix="journal/")) == [f"journal/00000000000{number}" for number in (1, 2, 3)]


def test_head_is_number_and_digest_of_the_newest_object(store, journal, filled):
    assert journal.head() == filled[2] == JournalHead(3, sha256(store.read(name="journal/000000000003")).digest())


def test_empty_journal_has_the_empty_head(journal):
    assert journal.head() == EMPTY_HEAD == JournalHead(0, bytes(32))
    assert list(journal.verify()) == []


def test_verify_goes_on_from_a_head(journal, filled):
    assert [head for head, _ in journal.verify(after=filled[0])] == filled[1:]
    assert list(journal.verify(after=filled[2])) == []


def test_verify_from_a_head_of_another_history_is_refused(journal, filled):
    with pytest.raises(JournalBroken, match=r"000000000002 at byte 16: number 1 has another digest"):
        list(journal.verify(after=JournalHead(1, bytes(32))))


def test_nothing_is_in_plain(store, filled):
    stored = b"".join(store.read(name=name) for name in store.names(prefix="journal/"))

    assert b"hold" not in stored
    assert b"snapshot" not in stored


def test_append_after_an_old_head_is_refused(store, journal, filled, random):
    before = store.read(name="journal/000000000002")

    with pytest.raises(JournalMoved, match=r"000000000002 exists already: the journal is ahead of number 1"):
        journal.append(previous=filled[0], entries=FIRST, random=random)

    assert store.read(name="journal/000000000002") == before
    assert journal.head() == filled[2]


def test_missing_number_is_told(journal, filled):
    with pytest.raises(ObjectMissing, match=r"journal/000000000004"):
        journal.read(4)


def test_object_missing_in_the_middle_is_told(store, journal, filled):
    (store.root / "journal" / "000000000002").unlink()

    with pytest.raises(JournalBroken, match=r"000000000002 is missing; there is journal/000000000003"):
        journal.head()
    (store.root / "journal" / "000000000004").write_bytes(b"")
    with pytest.raises(JournalBroken, match=r"000000000002 is missing, though later"):
        list(journal.verify())


def test_every_flipped_bit_is_found(store, in_memory, group, filled):
    memory = in_memory(store)
    whole = memory.objects["journal/000000000001"]
    journal = JournalChain(store=memory, key=group)

    for position in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[position] ^= 1 << bit
            memory.objects["journal/000000000001"] = bytes(data)
            with pytest.raises(JournalBroken, match=r"000000000001 at byte"):
                journal.read(1)


def test_every_truncation_is_found(store, in_memory, group, filled):
    memory = in_memory(store)
    whole = memory.objects["journal/000000000003"]
    journal = JournalChain(store=memory, key=group)

    for length in range(len(whole)):
        memory.objects["journal/000000000003"] = whole[:length]
        with pytest.raises(JournalBroken):
            journal.head()


def test_flipped_bits_escape_a_chain_with_a_seeded_bug(store, in_memory, group, filled, monkeypatch):
    """Without checksum and binding only the sealed bytes would be safe."""
    memory = in_memory(store)
    whole = memory.objects["journal/000000000003"]
    monkeypatch.setattr(layout.zlib, "crc32", lambda _: 0)
    monkeypatch.setattr(layout, "unseal", lambda **_: b"")
    journal = JournalChain(store=memory, key=group)

    escaped = 0
    for position in range(16, 48):
        data = bytearray(whole)
        data[position] ^= 1
        memory.objects["journal/000000000003"] = bytes(data[:-4] + bytes(4))
        escaped += journal.read(3)[1] == ()

    assert escaped == 32


@pytest.mark.parametrize("position", [*range(8, 48), 70, 80, 100])
def test_forged_checksum_does_not_help(store, in_memory, group, filled, position):
    memory = in_memory(store)
    body = bytearray(memory.objects["journal/000000000001"][:-4])
    body[position] ^= 1
    memory.objects["journal/000000000001"] = bytes(body) + layout.CHECKSUM.pack(zlib.crc32(body))

    with pytest.raises(JournalBroken, match=r"000000000001 at byte 68: its seal is broken"):
        JournalChain(store=memory, key=group).read(1)


def test_object_under_another_number_is_found(store, in_memory, group, filled):
    memory = in_memory(store)
    memory.objects["journal/000000000001"] = memory.objects["journal/000000000002"]

    with pytest.raises(JournalBroken, match=r"000000000001 at byte 8: it is number 2, stored under another's name"):
        JournalChain(store=memory, key=group).read(1)


def test_rewritten_object_is_found_by_the_one_after_it(store, in_memory, group, filled):
    memory = in_memory(store)
    # written again with the right key: only the chain can tell
    data = layout.encode_object(previous=EMPTY_HEAD, entries=(), group=group, random=bytes)
    memory.objects["journal/000000000001"] = data

    with pytest.raises(JournalBroken, match=r"000000000002 at byte 16: number 1 has another digest"):
        list(JournalChain(store=memory, key=group).verify())


def test_object_of_another_group_is_told(store, keys, journal, filled, random):
    other = JournalChain(store=store, key=keys.create_group("other", random=random))

    with pytest.raises(JournalBroken, match=r"another group key"):
        other.read(1)


def test_object_of_a_later_format_is_told(store, journal, group, monkeypatch):
    monkeypatch.setattr(layout, "FORMAT_VERSION", 2)
    data = layout.encode_object(previous=EMPTY_HEAD, entries=(), group=group, random=bytes)
    monkeypatch.undo()
    store.create(name="journal/000000000001", data=data)

    with pytest.raises(JournalBroken, match=r"000000000001 at byte 0: it is no journal object of a format known here"):
        journal.head()


APPEND = """
import random, sys
from pathlib import Path
from legalhold.archive import GroupKey, LocalStore, EMPTY_HEAD, JournalChain, JournalEntry, LocalStore
from legalhold.archive.failpoints import arm
from legalhold.archive.keys import GroupKey
journal = JournalChain(store=LocalStore(Path(sys.argv[1])), key=GroupKey("g", b"i" * 16, b"s" * 32))
arm(name=sys.argv[2])
journal.append(previous=EMPTY_HEAD, entries=[JournalEntry("hold.placed", b"{}", 1)], random=random.Random(1).randbytes)
"""


@pytest.mark.parametrize(
    ("failpoint", "sequence"), [("journal.before_create", 0), ("store.before_link", 0), ("journal.after_create", 1)]
)
def test_killed_append_leaves_a_whole_object_or_none(tmp_path, failpoint, sequence):
    result = subprocess.run(
        [sys.executable, "-c", APPEND, str(tmp_path), failpoint],
        check=False,
        cwd=Path(chain_module.__file__).parents[3],
    )

    assert result.returncode == -9
    journal = JournalChain(store=LocalStore(tmp_path), key=GroupKey("g", b"i" * 16, b"s" * 32))
    assert journal.head().sequence == sequence
    assert len(list(journal.verify())) == sequence
