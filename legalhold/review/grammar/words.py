"""What a word is, the same for what is searched and for what is searched for: case and accents don't count."""

import re
import unicodedata

MAX_TEXT = 100_000
"""Characters of one field that are indexed: more are no name and no subject."""

# Scripts that put no spaces between words: each sign counts as a word, so that any run of them is found.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")


def split_words(text: str) -> list[str]:
    """Return the words of a text, without case, accents and forms that only look different."""
    decomposed = unicodedata.normalize("NFKD", text[:MAX_TEXT].casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _WORD.findall(bare.casefold())
