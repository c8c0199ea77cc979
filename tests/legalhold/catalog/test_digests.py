"""Names that outlive ids."""

from __future__ import annotations

from uuid import UUID

from legalhold.catalog.digests import set_digest, version_digest

PLACE = {"source_key": UUID(int=1), "folder": b"a", "item_key": b"k", "first_seen": 1, "content_digest": bytes(32)}


def test_version_digest_is_fixed():
    assert version_digest(**PLACE).hex() == "c33747034d49ec79a18420813f783082be98bc7b8804dc016c899ab05ffdaf9d"


def test_version_digest_tells_each_field_apart():
    others = {
        "source_key": UUID(int=2),
        "folder": b"b",
        "item_key": b"l",
        "first_seen": 2,
        "content_digest": b"\1" * 32,
    }

    digests = {version_digest(**{**PLACE, field: value}) for field, value in others.items()}

    assert len(digests | {version_digest(**PLACE)}) == 6


def test_set_digest_knows_no_order():
    assert set_digest([b"a" * 32, b"b" * 32]) == set_digest([b"b" * 32, b"a" * 32])
    assert set_digest([b"a" * 32]) != set_digest([])
