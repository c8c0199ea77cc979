"""Bytes come out of the packs as they went in, whole or in part, or not at all."""

from __future__ import annotations

import random as randomness
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.archive import (
    ObjectMissing,
    PackWriter,
    PartDamaged,
    PartEntry,
    PartKind,
    PartReader,
    new_pack_name,
)
from legalhold.catalog.models import Content, Pack, Part
from legalhold.catalog.reading import ContentDamaged, ContentUnknown, open_content
from legalhold.database import gate, guard, rows

DATA = b"0123456789" * 7
DIGEST = sha256(DATA).digest()
CUTS = (7, 20, 41)


@pytest.fixture
def kept(mailbox, item):
    """A content of four parts."""
    mailbox.capture([item((b"a",), DATA, cuts=CUTS)])
    return mailbox


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(start=st.integers(-5, 80), stop=st.none() | st.integers(0, 80))
def test_any_range_is_exactly_its_bytes(kept, monkeypatch, start, stop):
    monkeypatch.setattr("legalhold.catalog.reading.bytes_of.PARTS_AT_ONCE", 2)

    assert kept.read(DIGEST, start=start, stop=stop) == DATA[max(start, 0) : stop]


def test_only_the_parts_asked_for_are_read(kept, monkeypatch):
    asked = []
    read = type(kept.archive.parts).read
    monkeypatch.setattr(
        type(kept.archive.parts), "read", lambda self, **named: asked.append(named) or read(self, **named)
    )

    assert kept.read(DIGEST, start=8, stop=12) == DATA[8:12]
    assert len(asked) == 1


@pytest.mark.parametrize(("start", "queries"), [(0, 2), (9, 2), (10, 4), (119, 4)])
def test_deep_range_does_not_look_through_the_parts_before_it(
    mailbox, item, monkeypatch, django_assert_num_queries, start, queries
):
    monkeypatch.setattr("legalhold.catalog.reading.bytes_of.PARTS_AT_ONCE", 2)
    data = bytes(range(120))
    mailbox.capture([item((b"a",), data, cuts=tuple(range(5, 120, 5)))])

    with django_assert_num_queries(queries):
        found = mailbox.read(sha256(data).digest(), start=start, stop=start + 1)

    assert found == data[start : start + 1]


def test_content_without_bytes_is_read_as_such(mailbox, item):
    mailbox.capture([item((b"a",), b"")])

    assert mailbox.read(sha256(b"").digest()) == b""


def test_range_beyond_the_last_part_of_a_damaged_content_is_empty(kept, damage):
    content = Content.objects.get(content_digest=DIGEST)
    damage("DELETE FROM catalog_contentpart WHERE content_id = %s AND ordinal = 3", [content.pk])

    assert kept.read(DIGEST, start=41, stop=42) == b""


def test_unknown_content_is_told_at_once(db, archive):
    with pytest.raises(ContentUnknown, match="00" * 32):
        open_content(digest=bytes(32), archive=archive)


def test_part_moved_to_another_pack_meanwhile_is_found_again(kept):
    pieces = open_content(digest=DIGEST, archive=kept.archive)
    first = next(pieces)

    move_everything(kept)

    assert first + b"".join(pieces) == DATA
    assert kept.read(DIGEST) == DATA


def move_everything(mailbox) -> None:
    """Write all parts into a new pack and unlink the old ones, as a repack does."""
    archive = mailbox.archive
    writer = PackWriter(name=new_pack_name(archive.random), group=archive.group, random=archive.random)
    reader = PartReader(archive.store, archive.keys)
    old = {pack.pk: pack.name for pack in Pack.objects.all()}
    moved = {}
    for part in Part.objects.all():
        entry = PartEntry(PartKind(part.kind), bytes(part.part_digest), part.offset, part.length, part.raw_length, 0)
        moved[part.pk] = writer.add(
            kind=entry.kind, digest=entry.digest, data=reader.read(pack=old[part.pack_id], entry=entry)
        )
    archive.store.create(name=writer.name, data=writer.finish())
    pack = Pack.objects.create(name=writer.name, state="live", key_group="organisation", created_at=mailbox.clock.now)
    with guard.shared(), gate.opened():
        for pk, entry in moved.items():
            sql = 'UPDATE catalog_part SET pack_id = %s, "offset" = %s, length = %s WHERE id = %s'
            rows.execute(sql, [pack.pk, entry.offset, entry.length, pk])
    for name in old.values():
        archive.store.delete(name=name)


def test_pack_that_is_gone_for_good_is_told(kept):
    pieces = open_content(digest=DIGEST, archive=kept.archive)
    unlink_everything(kept)

    with pytest.raises(ObjectMissing):
        next(pieces)


def test_part_destroyed_while_it_is_read_is_told(kept, damage):
    pieces = open_content(digest=DIGEST, archive=kept.archive)
    next(pieces)
    unlink_everything(kept)
    damage("DELETE FROM catalog_part WHERE kind = %s", [int(PartKind.DATA)])

    with pytest.raises(ObjectMissing):
        b"".join(pieces)


def unlink_everything(mailbox) -> None:
    for name in list(mailbox.archive.store.names(prefix="packs/")):
        mailbox.archive.store.delete(name=name)
    mailbox.archive.parts._ciphers._values.clear()
    mailbox.archive.parts._parts._values.clear()


def test_damaged_part_is_never_given(kept, tmp_path):
    for name in kept.archive.store.names(prefix="packs/"):
        path = tmp_path / "archive" / name
        data = bytearray(path.read_bytes())
        data[20] ^= 1
        path.write_bytes(bytes(data))

    with pytest.raises(PartDamaged):
        kept.read(DIGEST)


def test_parts_in_a_wrong_order_are_not_given_as_whole(kept, damage):
    """Every part is right by itself; only the digest of the whole tells."""
    content = Content.objects.get(content_digest=DIGEST)
    damage("UPDATE catalog_contentpart SET ordinal = ordinal + 100 WHERE content_id = %s AND ordinal = 0", [content.pk])
    given = []
    with pytest.raises(ContentDamaged, match="archive verify --full"):
        given.extend(open_content(digest=DIGEST, archive=kept.archive))

    assert len(b"".join(given)) < len(DATA)


def test_large_content_is_given_piece_by_piece(mailbox, item):
    data = randomness.Random(2).randbytes(3 << 20)
    mailbox.capture([item((b"a",), data)])

    pieces = list(open_content(digest=sha256(data).digest(), archive=mailbox.archive))

    assert b"".join(pieces) == data
    assert len(pieces) > 1
