"""Every byte of a pack under attack."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.archive import (
    ArchiveError,
    PackDamaged,
    PackReader,
    PartDamaged,
    PartKind,
    verify_pack,
)
from legalhold.archive.packs import verify
from tests.packed import NOISE, PARTS, data_part, read_all


@pytest.fixture
def small_pack(store, write_pack, in_memory):
    """A small pack in memory: its store, name, entries and bytes."""
    name, entries = write_pack(data_part(b"held " * 30), data_part(NOISE[:40]), PARTS[3])
    return in_memory(store), name, entries, store.read(name=name)


def outcome(store, keys, name, expected):
    """Say "error" or "right"; wrong data fails."""
    try:
        pack = PackReader(store=store, name=name, keys=keys)
        read = [pack.read(entry) for entry in pack.entries()]
    except ArchiveError:
        return "error"
    assert read == expected
    return "right"


def flips(data):
    for position in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            yield position, bytes(flipped)


def test_every_flipped_bit_is_found_by_verify_and_never_gives_wrong_data(keys, small_pack):
    memory, name, entries, whole = small_pack
    expected = read_all(memory, keys, name, entries)
    outcomes = {"error": 0, "right": 0}

    for _, data in flips(whole):
        memory.objects[name] = data
        assert verify_pack(memory, keys, name, full=False)
        outcomes[outcome(memory, keys, name, expected)] += 1

    # only the header isn't needed to read parts
    assert outcomes == {"error": 8 * (len(whole) - 8), "right": 8 * 8}


def test_every_truncation_is_found(keys, small_pack):
    memory, name, _, whole = small_pack

    for length in range(len(whole)):
        memory.objects[name] = whole[:length]
        assert len(verify_pack(memory, keys, name, full=False)) == 1
        with pytest.raises(PackDamaged, match=name):
            PackReader(store=memory, name=name, keys=keys)


@pytest.mark.parametrize("position", [0, 8, 50])
def test_inserted_bytes_are_found(keys, small_pack, position):
    memory, name, _, whole = small_pack
    memory.objects[name] = whole[:position] + b"more" + whole[position:]

    with pytest.raises(PackDamaged, match=r"bytes are missing or too many"):
        PackReader(store=memory, name=name, keys=keys)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.dictionaries(st.integers(0, 10_000), st.integers(1, 255), min_size=1), tail=st.binary(max_size=20))
def test_many_changed_bytes_never_give_wrong_data(keys, small_pack, edits, tail):
    memory, name, entries, whole = small_pack
    memory.objects[name] = whole
    expected = read_all(memory, keys, name, entries)
    data = bytearray(whole)
    for position, value in edits.items():
        data[position % len(data)] ^= value
    memory.objects[name] = bytes(data) + tail

    if bytes(data) + tail == whole:
        return
    assert verify_pack(memory, keys, name, full=False)
    outcome(memory, keys, name, expected)


def test_flipped_bits_escape_a_verify_that_does_not_check_every_byte(keys, small_pack, monkeypatch):
    memory, name, _, whole = small_pack
    monkeypatch.setattr(verify, "_check_tiling", lambda *_: [])

    escaped = 0
    for _, data in flips(whole[:20]):
        memory.objects[name] = data + whole[20:]
        escaped += not verify_pack(memory, keys, name, full=False)

    assert escaped == 8 * 8


def test_damage_names_pack_offset_and_part(keys, small_pack):
    memory, name, entries, whole = small_pack
    data = bytearray(whole)
    data[entries[1].offset + 3] ^= 1
    memory.objects[name] = bytes(data)

    with pytest.raises(
        PartDamaged, match=rf"{name} at byte {entries[1].offset}, part {entries[1].digest.hex()}: its bytes"
    ):
        PackReader(store=memory, name=name, keys=keys).read(entries[1])
    (found,) = verify_pack(memory, keys, name, full=False)
    assert (found.name, found.offset) == (name, entries[1].offset)


def test_part_of_another_pack_is_refused(store, keys, write_pack):
    first, entries = write_pack(data_part(NOISE))
    second, _ = write_pack(data_part(NOISE))
    pack = store.read(name=second)
    (store.root / first).write_bytes(
        store.read(name=first)[:8] + pack[8 : 8 + entries[0].length] + store.read(name=first)[8 + entries[0].length :]
    )

    with pytest.raises(PartDamaged):
        PackReader(store=store, name=first, keys=keys).read(entries[0])


def test_pack_under_another_name_is_refused(store, keys, write_pack):
    name, _ = write_pack(data_part(NOISE))
    store.create(name="packs/00/00", data=store.read(name=name))

    with pytest.raises(PackDamaged, match=r"packs/00/00: its wrapped key: its seal is broken"):
        PackReader(store=store, name="packs/00/00", keys=keys)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": PartKind.MANIFEST},
        {"digest": bytes(32)},
        {"offset": 9},
        {"length": 40},
        {"length": 15},
        {"length": 10_000},
        {"raw_length": 151},
        {"dictionary": 1},
    ],
)
def test_entry_that_is_not_the_parts_own_is_refused(keys, small_pack, change):
    memory, name, entries, _ = small_pack

    with pytest.raises(PartDamaged, match=name):
        PackReader(store=memory, name=name, keys=keys).read(entries[0]._replace(**change))
