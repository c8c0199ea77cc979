"""The key's file, and what is signed."""

from __future__ import annotations

import pytest

from legalhold.audit.services import open_signing_key
from legalhold.audit.signing import (
    SigningKeyMissing,
    SigningKeyUnusable,
    create_signing_key,
    is_signed,
    load_signing_key,
)

HEAD = {"size": 3, "root_digest": bytes(range(32)), "sealed_at_us": 5}


def test_key_is_kept_for_its_owner_alone_and_read_back(tmp_path, random):
    path = tmp_path / "keys" / "audit.key"

    made = create_signing_key(path=path, random=random)
    again = load_signing_key(path=path)

    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert made.public == again.public
    assert made.sign(**HEAD) == again.sign(**HEAD)


def test_key_is_made_in_a_folder_that_exists(tmp_path, random):
    assert len(create_signing_key(path=tmp_path / "audit.key", random=random).public) == 32


def test_key_is_never_overwritten(tmp_path, random):
    path = tmp_path / "audit.key"
    create_signing_key(path=path, random=random)
    before = path.read_bytes()

    with pytest.raises(SigningKeyUnusable, match="exists"):
        create_signing_key(path=path, random=random)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: path.chmod(0o644), "chmod 0400"),
        (lambda path: (path.unlink(), path.write_text("hello"), path.chmod(0o600)), "no signing key"),
        (lambda path: (path.unlink(), path.mkdir(mode=0o600)), "no signing key"),
        (lambda path: (path.unlink(), path.symlink_to(path)), "can't be read"),
    ],
)
def test_unusable_key_says_what_to_do(tmp_path, random, change, says):
    path = tmp_path / "audit.key"
    create_signing_key(path=path, random=random)
    change(path)

    with pytest.raises(SigningKeyUnusable, match=says):
        load_signing_key(path=path)


def test_missing_key_is_missing(tmp_path):
    with pytest.raises(SigningKeyMissing, match=r"audit\.key"):
        load_signing_key(path=tmp_path / "audit.key")


def test_key_is_made_at_the_first_start_only(tmp_path, random, trail):
    with pytest.raises(SigningKeyMissing):
        open_signing_key(path=tmp_path / "lost" / "audit.key", random=random)

    assert not (tmp_path / "lost").exists()


def test_signature_covers_every_field(tmp_path, random):
    key = create_signing_key(path=tmp_path / "audit.key", random=random)
    signature = key.sign(**HEAD)

    assert is_signed(public=key.public, signature=signature, **HEAD)
    for other in (
        {"size": 4},
        {"root_digest": bytes(32)},
        {"sealed_at_us": 6},
        {"signature": bytes(64)},
        {"public": bytes(31) + b"\x01"},
    ):
        assert not is_signed(**{"public": key.public, "signature": signature, **HEAD, **other})
