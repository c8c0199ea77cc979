"""Cuts a query into words, phrases, operators and parentheses, each with the column it stands at."""

import re
from dataclasses import dataclass
from typing import Literal


class QueryUnreadable(ValueError):
    """The query can't be read; the message says what is wrong, at which column, and what to write instead."""

    def __init__(self, reason: str, *, column: int) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query. A word or phrase after ``field:`` bears the field's name in lower case."""

    kind: Literal["word", "phrase", "operator", "open", "close", "field"]
    text: str
    column: int


OPERATORS = ("AND", "OR", "NOT")
_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z_]+):")
_WORD = re.compile(r"[^\s()\"“”„«»]+")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_RESERVED = re.compile(r"[~^\[\]{}?!&|<>=\\]|(?:^[-+/])|(?<!^)/(?=[0-9])")


def read_tokens(text: str) -> list[Token]:
    """Return the pieces of ``text`` in order. Raises ``QueryUnreadable``."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        token, at = _read(text, at)
        tokens.append(token)
    return tokens


def _read(text: str, at: int) -> tuple[Token, int]:
    letter = text[at]
    if letter in "()":
        return Token("open" if letter == "(" else "close", letter, at + 1), at + 1
    if letter in _QUOTES:
        return _phrase(text, at)
    if field := _FIELD.match(text, at):
        return Token("field", field[1].lower(), at + 1), field.end()
    return _word(text, at)


def _phrase(text: str, at: int) -> tuple[Token, int]:
    end = text.find(_QUOTES[text[at]], at + 1)
    if end < 0:
        raise QueryUnreadable("the quotation mark is never closed; close it, or leave it out", column=at + 1)
    return Token("phrase", text[at + 1 : end], at + 1), end + 1


def _word(text: str, at: int) -> tuple[Token, int]:
    found = _WORD.match(text, at)
    if found is None:
        raise QueryUnreadable(f"{text[at]} closes a quotation that was never opened", column=at + 1)
    word = found[0]
    if word in OPERATORS:
        return Token("operator", word, at + 1), found.end()
    if word.upper() in OPERATORS:
        raise QueryUnreadable(f'write {word.upper()} in capitals, or "{word}" in quotes for the word', column=at + 1)
    if reserved := _RESERVED.search(word):
        column = at + reserved.start() + 1
        raise QueryUnreadable(f"{reserved[0]!r} means nothing here; put the words in quotes", column=column)
    return Token("word", word, at + 1), found.end()
