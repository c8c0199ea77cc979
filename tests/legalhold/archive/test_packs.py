"""Packs written and read, one part after another and in batches."""

import random as randomness
from hashlib import sha256

import pytest

from legalhold.archive import (
    NewPart,
    PackReader,
    PackWriter,
    PartKind,
    new_pack_name,
    verify_pack,
)
from tests.packed import NOISE, PARTS, TEXT, data_part


def test_parts_are_read_back(store, keys, write_pack):
    name, entries = write_pack(*PARTS)

    pack = PackReader(store=store, name=name, keys=keys)

    assert pack.entries() == tuple(entries)
    assert [pack.read(entry) for entry in entries] == [data for _, _, data in PARTS]
    assert [(entry.kind, entry.digest, entry.raw_length) for entry in entries] == [
        (kind, digest, len(data)) for kind, digest, data in PARTS
    ]


def test_part_is_compressed_only_if_that_is_shorter(write_pack):
    _, entries = write_pack(*PARTS)

    assert entries[0].length < len(TEXT) // 4
    assert entries[1].length == len(NOISE) + 16
    assert entries[2].length == 16


def test_whole_pack_has_no_damage(store, keys, write_pack):
    name, _ = write_pack(*PARTS)

    assert verify_pack(store, keys, name, full=False) == []
    assert verify_pack(store, keys, name, full=True) == []


def test_empty_pack_is_read_back(store, keys, write_pack):
    name, _ = write_pack()

    assert PackReader(store=store, name=name, keys=keys).entries() == ()
    assert verify_pack(store, keys, name, full=True) == []


def test_nothing_of_the_parts_is_in_plain(store, group, write_pack):
    name, _ = write_pack(*PARTS)
    pack = store.read(name=name)

    assert NOISE[:16] not in pack
    assert b"message" not in pack
    assert sha256(TEXT).digest() not in pack
    assert group.secret not in pack


def test_pack_names_are_random_and_spread():
    random = randomness.Random(5).randbytes

    names = [new_pack_name(random) for _ in range(100)]

    assert len(set(names)) == 100
    assert all(name.startswith(f"packs/{name[9:11]}/") and len(name) == 41 for name in names)


def test_writing_is_deterministic(group):
    def write():
        random = randomness.Random(7).randbytes
        writer = PackWriter(name=new_pack_name(random), group=group, random=random)
        for kind, digest, data in PARTS:
            writer.add(kind=kind, digest=digest, data=data)
        return writer.finish()

    assert write() == write()


def test_each_pack_has_its_own_key(group, random):
    first, second = (PackWriter(name="packs/aa/aa", group=group, random=random) for _ in range(2))
    for writer in (first, second):
        writer.add(kind=PartKind.DATA, digest=sha256(NOISE).digest(), data=NOISE)

    assert first.finish()[8:300] != second.finish()[8:300]


def mail(count, size, seed=3):
    source = randomness.Random(seed)
    return [NewPart(*data_part(source.randbytes(size // 2) + b"a" * (size // 2))) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 9, 100])
def test_batch_gives_the_same_pack_as_one_part_after_another(group, count):
    parts = mail(count, 900)
    writers = [PackWriter(name="packs/aa/aa", group=group, random=randomness.Random(7).randbytes) for _ in range(2)]

    entries = writers[0].add_all(parts)
    single = tuple(writers[1].add(kind=part.kind, digest=part.digest, data=part.data) for part in parts)

    assert entries == single == writers[0].entries
    assert writers[0].finish() == writers[1].finish()


def test_batch_stops_when_the_pack_is_full(group, random):
    parts = mail(100, 1000)
    writer = PackWriter(name="packs/aa/aa", group=group, random=random, target_bytes=20_000)

    taken = writer.add_all(parts)

    assert writer.is_full
    assert [entry.digest for entry in taken] == [part.digest for part in parts[: len(taken)]]
    assert 20_000 <= taken[-1].offset + taken[-1].length < 20_000 + 1016
    assert writer.add_all(parts) == ()
    writer.add(kind=PartKind.DATA, digest=sha256(b"x").digest(), data=b"x")
    assert len(writer.entries) == len(taken) + 1


def test_second_batch_returns_its_own_entries(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random)

    first, second = writer.add_all(mail(3, 100)), writer.add_all(mail(2, 100, seed=4))

    assert (len(first), len(second)) == (3, 2)
    assert writer.entries == first + second


def test_part_larger_than_the_target_is_taken_alone(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random, target_bytes=1000)

    assert len(writer.add_all(mail(3, 5000))) == 1


def test_finished_writer_takes_nothing_more(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random)
    writer.finish()

    with pytest.raises(AttributeError):
        writer.add(kind=PartKind.DATA, digest=sha256(b"x").digest(), data=b"x")
