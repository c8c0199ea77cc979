"""Parts that the tests of packs write and read."""

import random as randomness
from hashlib import sha256

from legalhold.archive import (
    ContentSummary,
    PackReader,
    PartKind,
    encode_recipe,
)

TEXT = b"Please keep this message. " * 40

NOISE = randomness.Random(1).randbytes(300)


def data_part(data):
    return PartKind.DATA, sha256(data).digest(), data


RECIPE = ContentSummary(sha256(b"whole").digest(), 2000, 7, (sha256(TEXT).digest(), sha256(NOISE).digest()))

PARTS = (
    data_part(TEXT),
    data_part(NOISE),
    data_part(b""),
    (PartKind.RECIPE, RECIPE.digest, encode_recipe(RECIPE)),
    (PartKind.MANIFEST, sha256(b"rows").digest(), b"rows"),
)


def read_all(store, keys, name, entries):
    return [PackReader(store=store, name=name, keys=keys).read(entry) for entry in entries]
