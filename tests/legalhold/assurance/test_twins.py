"""What was destroyed and captured again lies in two packs: a rebuild reads whichever copy is whole, and no stale recipe."""

from __future__ import annotations

import json
import random as randomness
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from legalhold.archive import PartKind, decode_manifest, walk_packs
from legalhold.archive.failpoints import arm, disarm
from legalhold.assurance import rebuilding
from legalhold.assurance.verifying import verify_archive
from legalhold.catalog.destruction import sweep
from legalhold.catalog.dump import dump
from legalhold.catalog.models import Content, Part
from legalhold.catalog.reading import open_content
from legalhold.journal import services as journal
from tests.legalhold.assurance.test_losses import damage
from tests.organisation import file, mail


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    disarm()


class Crash(BaseException):
    """Stands for the process being gone."""


def gone() -> None:
    raise Crash


def bits(name: str, size: int) -> bytes:
    return randomness.Random(name).randbytes(size)


def read(house, data: bytes) -> bytes:
    return b"".join(open_content(digest=sha256(data).digest(), archive=house.archive))


def damages(house) -> list:
    return verify_archive(archive=house.archive, is_full=True, progress=lambda *_: None).damages


def copies_of(house, data: bytes) -> list[tuple[str, int]]:
    """The packs that list the bytes as a part, and where."""
    digest = sha256(data).digest()
    walked = walk_packs(house.archive.store, house.archive.keys)
    return [(name, entry.offset) for name, entries in walked for entry in entries if entry.digest == digest]


LARGE = bits("large", 2_000_000)


@pytest.fixture
def killed(house):
    """A content of several parts was destroyed, and the run killed between sweeping contents and sweeping parts."""
    house.begin()
    bob = house.sources["bob"]
    house.captures.capture(bob, file("a/x.bin", LARGE), mail("b"), day=50)
    house.captures.capture(bob, mail("b"), day=55)
    house.captures.capture(bob, mail("b"), mail("c"), day=60)
    journal.flush(archive=house.archive)
    house.clock.advance(timedelta(days=150))
    house.expire()
    arm(name="sweep.part", action=gone)
    with pytest.raises(Crash):
        house.compact()
    disarm()
    assert not Content.objects.filter(content_digest=sha256(LARGE).digest()).exists()
    return house


def capture_cut_elsewhere(house) -> None:
    """The same bytes at other cuts, in a mailbox that is held."""
    again = replace(file("a/x.mbox", LARGE), cuts=(700_000, 1_400_000))
    house.captures.capture(house.sources["alice"], again, day=61)
    house.place("Alice", house.alice)
    house.compact(is_full=True)
    journal.flush(archive=house.archive)


def test_recipe_goes_with_its_content(killed):
    assert not Part.objects.filter(kind=PartKind.RECIPE, part_digest=sha256(LARGE).digest()).exists()
    capture_cut_elsewhere(killed)
    assert (read(killed, LARGE) == LARGE, damages(killed)) == (True, [])
    killed.lose()

    done = killed.rebuild()

    assert (done.is_good, read(killed, LARGE) == LARGE) == (True, True)


def test_mutant_that_leaves_recipes_behind_loses_held_content(house, request, monkeypatch):
    monkeypatch.setattr(sweep, "DELETE_RECIPES", f"{sweep.DELETE_PARTS} AND 1 = 0")
    killed = request.getfixturevalue("killed")
    capture_cut_elsewhere(killed)
    assert read(killed, LARGE) == LARGE
    assert [str(each).partition(": ")[2] for each in damages(killed)] == [
        f"the recipe of {sha256(LARGE).hexdigest()} names other parts than the catalog"
    ]
    killed.lose()

    assert killed.rebuild().missing == (sha256(LARGE).hexdigest(),)


HALVES = [(bits(f"first {number}", 700_000), bits(f"second {number}", 700_000)) for number in range(4)]
STAYING = [file(f"s/{number}.bin", bits(f"stay {number}", 400_000)) for number in range(4)]


@pytest.fixture
def half_live(house):
    """Contents cut at their halves were destroyed; their recipes are left in packs that keep something else.

    Captured again they are cut elsewhere. Pack names are random, so that with four of them both orders occur.
    """
    house.begin()
    bob, alice = house.sources["bob"], house.sources["alice"]
    day = 50
    for number, halves in enumerate(HALVES):
        house.captures.capture(bob, file("m/1", halves[0]), file("m/2", halves[1]), day=day)
        whole = replace(file("c.mbox", b"".join(halves)), cuts=(700_000,))
        stays = STAYING[: number + 1]
        house.captures.capture(alice, *stays, whole, day=day)
        house.captures.capture(alice, *stays, day=day + 1)
        house.captures.capture(bob, mail("b"), day=day + 1)
        day += 2
    house.captures.capture(alice, *STAYING, mail("z"), day=day)
    house.captures.capture(bob, mail("b"), mail("d"), day=day)
    journal.flush(archive=house.archive)
    house.clock.advance(timedelta(days=150))
    house.expire()
    house.compact()
    for number in range(len(HALVES)):
        again = [file(f"x/{each}.mbox", b"".join(halves)) for each, halves in enumerate(HALVES[: number + 1])]
        house.captures.capture(alice, *STAYING, *again, day=200 + number)
    house.place("Alice", house.alice)
    journal.flush(archive=house.archive)
    assert [len(copies_of(house, b"".join(halves))) for halves in HALVES] == [2] * 4
    house.lose()
    return house


def test_recipe_whose_parts_are_there_is_taken(half_live):
    done = half_live.rebuild()

    assert (done.is_good, done.missing) == (True, ())
    assert [read(half_live, b"".join(halves)) == b"".join(halves) for halves in HALVES] == [True] * 4
    assert damages(half_live) == []


def test_mutant_that_takes_the_first_recipe_loses_content(half_live, monkeypatch):
    monkeypatch.setattr(rebuilding, "choose_twins", lambda **_given: 0)

    assert half_live.rebuild().missing != ()


GOING = [file(f"{number}.go", bits(f"go {number}", 100_000)) for number in range(4)]


@pytest.fixture
def twins(house):
    """Four files are in two packs each, dead in one of them."""
    house.begin()
    bob, alice = house.sources["bob"], house.sources["alice"]
    for number, each in enumerate(GOING):
        house.captures.capture(bob, *STAYING[: number + 1], each, day=50 + 3 * number)
        house.captures.capture(bob, *STAYING[: number + 1], day=51 + 3 * number)
    house.captures.capture(bob, *STAYING, mail("w"), day=80)
    journal.flush(archive=house.archive)
    house.clock.advance(timedelta(days=150))
    house.expire()
    house.compact()
    for number in range(len(GOING)):
        house.captures.capture(alice, *GOING[: number + 1], day=99 + number)
    journal.flush(archive=house.archive)
    return house


def bytes_of(item) -> bytes:
    return item.open().read()


@pytest.mark.parametrize("damaged", ["dead", "live", "none"])
def test_whole_copy_of_a_part_is_taken(twins, damaged):
    for each in GOING:
        data = bytes_of(each)
        live = twins.pack_of(sha256(data).digest())
        places = {name == live: (name, offset) for name, offset in copies_of(twins, data)}
        assert places.keys() == {True, False}
        if damaged != "none":
            damage(twins, *places[damaged == "live"])
    before = list(dump())
    twins.lose()

    done = twins.rebuild()

    assert done.is_good
    assert [read(twins, bytes_of(each)) == bytes_of(each) for each in GOING] == [True] * 4
    assert list(dump()) == before


def test_part_without_a_whole_copy_stays_where_it_is_and_is_told(twins):
    data = bytes_of(GOING[0])
    for place in copies_of(twins, data):
        damage(twins, *place)
    twins.lose()

    twins.rebuild()

    told = [str(each) for each in damages(twins) if sha256(data).hexdigest() in str(each)]
    assert len(told) == 2


def test_journal_names_a_manifest_by_the_digest_of_its_bytes(house):
    house.begin()
    journal.flush(archive=house.archive)
    entries = [entry for _, found in house.archive.journal.verify() for entry in found]
    named = [json.loads(entry.payload)["manifest"] for entry in entries if entry.verb == "snapshot.completed"]

    parts = []
    for name, listed in walk_packs(house.archive.store, house.archive.keys):
        for entry in listed:
            if entry.kind is PartKind.MANIFEST:
                data = house.archive.parts.read(pack=name, entry=entry)
                assert next(decode_manifest([data])).state == "complete"
                parts.append(sha256(data).hexdigest())

    assert len(named) == 9
    assert sorted(named) == sorted(parts)
