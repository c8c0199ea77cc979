"""File names that every reader's system takes: from any bytes, injective within a folder, ignoring case.

A name that had to be changed, cut or told apart carries "~" and twelve hex digits of its original's SHA-256.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

COMPONENT_UNITS = 80
"""The longest name, in UTF-16 units: Windows counts a path by them and stops at 260."""
MARK_UNITS = 13
"""What a mark takes of a name: "~" and twelve digits."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])[ ]*(?:\..*)?\Z", re.IGNORECASE | re.DOTALL
)
# Names that readers' systems act on, hide or answer themselves: an exported file must not be mistaken for one.
_SPECIAL = re.compile(
    r"desktop\.ini|thumbs\.db|autorun\.inf|\.ds_store|\.hidden|\.trashes|\.fseventsd|\.spotlight-v100|mach_kernel"
    r"|\.metadata_never_index|\._.*",
    re.IGNORECASE | re.DOTALL,
)
_MARKED = re.compile(r"~[0-9a-f]{12}(?:\.[^.]*)?\Z", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")
_SPACES = re.compile(r"\s+")


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def folded(name: str) -> str:
    """Return what two names share when some system takes them for the same one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).upper().casefold())


def name_all(
    *, originals: Collection[bytes], limit: int = COMPONENT_UNITS, taken: Collection[str] = ()
) -> Mapping[bytes, str]:
    """Return a name for each of a folder's originals: safe, unique ignoring case, at most ``limit`` UTF-16 units.

    A name depends on the sets of originals and of names ``taken`` only, never on their order. ``limit`` is at least 32.
    """
    plain = {original: readable(original) for original in originals}
    shared = Counter(folded(name) for name in (*plain.values(), *taken))
    return {
        original: _told_apart(original, name, limit, is_alone=shared[folded(name)] == 1)
        for original, name in plain.items()
    }


@lru_cache(maxsize=65_536)
def readable(original: bytes) -> str:
    """Return the text nearest to an original name that every system takes; several originals may share it."""
    return clean(original.decode("utf-8", "replace"))


def clean(text: str) -> str:
    """Return the text nearest to ``text`` that every system takes as a name; its length isn't limited."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    if not text.isprintable():
        text = "".join("_" if unicodedata.category(letter) in _HIDDEN_CATEGORIES else letter for letter in text)
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", text)).strip(" ").rstrip(". ")
    return f"_{text}" if not text or _DEVICES.match(text) or _SPECIAL.fullmatch(text) else text


def numbered(*, stem: str, number: str, extension: str, limit: int = COMPONENT_UNITS) -> str:
    """Return ``stem [number].extension``, the stem cut so that the number always stays."""
    end = f" [{number}]{extension}"
    return f"{cut(clean(stem), limit=limit - units(end))}{end}"


def split_extension(name: str) -> tuple[str, str]:
    """Return a name's stem and its extension with the dot, where it has one of up to twelve letters and digits."""
    found = _EXTENSION.search(name)
    return (name[: found.start()], found[0]) if found and found.start() else (name, "")


def cut(text: str, *, limit: int) -> str:
    """Return the beginning of a name in at most ``limit`` UTF-16 units, without an end that Windows would drop."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")
    return kept.rstrip(". ") or "_"


def mark(original: bytes) -> str:
    """Return the mark that tells an original name from every other."""
    return f"~{sha256(original).hexdigest()[:12]}"


def _told_apart(original: bytes, name: str, limit: int, *, is_alone: bool) -> str:
    if is_alone and name.encode() == original and units(name) <= limit and not _MARKED.search(name):
        return name
    stem, extension = split_extension(name)
    return f"{cut(stem, limit=limit - MARK_UNITS - len(extension))}{mark(original)}{extension}"
