import zlib
from hashlib import sha256

import pytest

from legalhold.archive import ContentDigester, ContentSummary, RecipeDamaged, decode_recipe, encode_recipe


def summary_of(*parts):
    digester = ContentDigester()
    for part in parts:
        digester.add(part)
    return digester.summary()


@pytest.mark.parametrize("parts", [(), (b"one",), (b"one", b"two"), (b"same", b"same", b"same")])
def test_content_is_summed_up(parts):
    whole = b"".join(parts)

    summary = summary_of(*parts)

    assert summary == ContentSummary(
        digest=sha256(whole).digest(),
        size_bytes=len(whole),
        crc32=zlib.crc32(whole),
        parts=tuple(sha256(part).digest() for part in parts),
    )
    assert summary.needs_recipe == (len(parts) != 1)
    assert decode_recipe(encode_recipe(summary), digest=summary.digest) == summary


def test_content_of_one_part_has_its_digest():
    summary = summary_of(b"one")

    assert summary.parts == (summary.digest,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:23], "none of a format known"),
        (lambda data: b"x" + data[1:], "none of a format known"),
        (lambda data: data[:4] + b"\2" + data[5:], "none of a format known"),
        (lambda data: data[:-1], "announces 2 parts but has 87 bytes"),
        (lambda data: data + bytes(32), "announces 2 parts but has 120 bytes"),
    ],
)
def test_bytes_that_are_no_recipe_are_refused(change, reason):
    data = change(encode_recipe(summary_of(b"one", b"two")))

    with pytest.raises(RecipeDamaged, match=reason):
        decode_recipe(data, digest=bytes(32))
