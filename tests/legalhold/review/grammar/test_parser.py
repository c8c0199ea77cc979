"""The search language: what a query means, and where it can't be read."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import ItemKind
from legalhold.review.grammar import (
    And,
    CustodianIs,
    Dated,
    Everything,
    Field,
    HasAttachment,
    KindIs,
    Not,
    Or,
    QueryUnreadable,
    Sent,
    SourceIs,
    Words,
    parse_query,
    split_words,
)

A, B, C = (Words(Field.ANY, (letter,)) for letter in "abc")


def parsed(text: str, zone=UTC):
    return parse_query(text=text, zone=zone)


def us(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("*", Everything()),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) AND NOT c", And((Or((A, B)), Not(C)))),
        ("NOT NOT a", A),
        ("NOT a b", And((Not(A), B))),
        ("a NOT b", And((A, Not(B)))),
        ("((a))", A),
        ('"a b"', Words(Field.ANY, ("a", "b"))),
        ("„a b“ «c»", And((Words(Field.ANY, ("a", "b")), C))),
        ("fore*", Words(Field.ANY, ("fore",), is_prefix=True)),
        ('"fore*"', Words(Field.ANY, ("fore",))),
        ("bob@example.com", Words(Field.ANY, ("bob", "example", "com"))),
        ("Subject:Größe", Words(Field.SUBJECT, ("grosse",))),
        ('from:"Brown, Bob"', Words(Field.FROM, ("brown", "bob"))),
        ("to:x cc:y", And((Words(Field.TO, ("x",)), Words(Field.CC, ("y",))))),
        ("participants:x name:y filename:z*", And((
            Words(Field.PARTICIPANTS, ("x",)), Words(Field.NAME, ("y",)), Words(Field.FILENAME, ("z",), is_prefix=True),
        ))),
        ("kind:Mail", KindIs((ItemKind.MESSAGE,))),
        ("kind:calendar", KindIs((ItemKind.EVENT, ItemKind.TASK))),
        ("has:attachment", HasAttachment()),
        ("custodian:alice@example.com", CustodianIs("alice@example.com", 11)),
        ('source:"Old laptop"', SourceIs("Old laptop", 8)),
        ("sent:2024-01-01..2024-03-31", Sent(us(2024, 1, 1), us(2024, 4, 1))),
        ("sent:2024-01-01..", Sent(us(2024, 1, 1), None)),
        ("sent:..2024-01-01", Sent(None, us(2024, 1, 2))),
        ("sent:2024-02-29", Sent(us(2024, 2, 29), us(2024, 3, 1))),
        ("after:2024-01-01 before:2024-02-01", And((Dated(us(2024, 1, 1), None), Dated(None, us(2024, 2, 1))))),
        ("x:AND" .replace("x", "name"), None),
    ],
)  # fmt: skip
def test_parse_query_gives_the_tree(text, node):
    if node is None:
        with pytest.raises(QueryUnreadable, match="column 6"):
            parsed(text)
    else:
        assert parsed(text) == node


def test_parse_query_takes_days_in_the_zone():
    assert parsed("sent:2024-03-31", ZoneInfo("Europe/Berlin")) == Sent(us(2024, 3, 30, 23), us(2024, 3, 31, 22))


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("a AND", 6, "missing here"),
        ("AND a", 1, "needs a condition before it"),
        ("a OR OR b", 6, "needs a condition before it"),
        ("NOT", 4, "missing here"),
        ("(a", 1, "never closed"),
        ("a)", 2, "never opened"),
        ("()", 2, "needs a condition"),
        ("(a OR b NOT)", 12, "needs a condition"),
        ('a "b', 3, "never closed"),
        ("a ” b", 3, "never opened"),
        ("a and b", 3, "capitals"),
        ("*crypt", 1, "only at the end"),
        ("en*pt", 3, "only at the end"),
        ("en**", 3, "only at the end"),
        ("wom?n", 4, "quotes"),
        ("roam~2", 5, "quotes"),
        ("a w/5 b", 4, "quotes"),
        ("-a", 1, "quotes"),
        ("colour:red", 1, "there is no field 'colour'"),
        ("any:red", 1, "there is no field 'any'"),
        ("subject: ", 10, "right after the colon"),
        ("subject:(a b)", 9, "right after the colon"),
        ("kind:dog", 6, "there is no kind"),
        ("kind:container", 6, "there is no kind"),
        ("has:wings", 5, "has:attachment"),
        ("sent:yesterday", 6, "is no day"),
        ("sent:2024-02-30", 6, "is no day"),
        ("sent:..", 6, "at least one"),
        ("sent:2024-02-01..2024-01-01", 6, "is after"),
        ("before:0001-01-01", 8, "outside 1900 to 2200"),
        ("subject:*", 9, "no letter or digit"),
        ("a --", 3, "quotes"),
        ('"--"', 1, "no letter or digit"),
        ('(a "b" AND subject:c', 1, "never closed"),
        ("a" * 10_001, 10_000, "at most"),
        ("(" * 51 + "a", 51, "deep"),
    ],
)
def test_parse_query_says_where_it_cannot_read(text, column, reason):
    with pytest.raises(QueryUnreadable, match=f"column {column}: .*{reason}") as raised:
        parsed(text)

    assert raised.value.column == column


@given(st.text(max_size=60))
def test_parse_query_reads_or_refuses_whatever_it_gets(text):
    with suppress(QueryUnreadable):
        assert parsed(text) == parsed(f"({text})")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Größe İstanbul CAFE\u0301", ["grosse", "istanbul", "cafe"]),
        ("snake_case a.b@c-d", ["snake", "case", "a", "b", "c", "d"]),
        ("合同 v2", ["合", "同", "v2"]),
        ("\ufb01le \u2460", ["file", "1"]),
        ("\x00\ud800", []),
    ],
)
def test_split_words_ignores_case_accents_and_forms(text, words):
    assert split_words(text) == words


@given(st.text(max_size=200))
def test_split_words_finds_the_same_words_in_its_own_words(text):
    words = split_words(text)

    assert split_words(" ".join(words)) == words
    assert not any(" " in word or "|" in word or "\x00" in word for word in words)
