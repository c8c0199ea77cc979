"""The one way a value is written as bytes that are hashed: equal values give equal bytes. Knows no meaning of them."""

import json

from legalhold.archive.errors import ArchiveError


class NotCanonical(ArchiveError):
    """A value has no canonical form, or bytes aren't in it; the message says where."""


def canonical_json(value: object) -> bytes:
    """Return JSON in UTF-8 with keys sorted by code point, no spaces and nothing escaped that needn't be.

    Takes None, bool, int, str, list, tuple and dict with str keys. Raises NotCanonical for floats (they have no one
    spelling), other types, and text that isn't Unicode (lone surrogates).
    """
    _check(value, "$")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical(f"text with a lone surrogate at character {error.start} of {text[:80]!a}") from error


def parse_canonical(data: bytes) -> object:
    """Return the value of canonical JSON. Raises NotCanonical when the bytes are anything else."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"{data[:80]!r} is not JSON: {error}") from error
    if canonical_json(value) != data:
        raise NotCanonical(f"{data[:80]!r} is JSON, but not in canonical form")
    return value


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, str | int):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"the key {key!r} at {where} is not text")
            _check(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check(inner, f"{where}[{index}]")
    else:
        raise NotCanonical(f"the {type(value).__name__} at {where} has no canonical form; use text or whole numbers")
