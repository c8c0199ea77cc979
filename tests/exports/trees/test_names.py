"""Names that every system takes, from any bytes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.trees.names import COMPONENT_UNITS, clean, cut, folded, name_all, units
from exports.trees.node import is_node_name

NASTY = [
    b"CON", b"con.txt", b"aux .tar.gz", b"COM1", "LPT¹.log".encode(), b"a.", b"a ", b" a", b"a", b"A", b"..", b".", b"",
    "caf\u00e9".encode(), "cafe\u0301".encode(), b"x" * 300, b"x" * 301, b"\xff\xfe", b"\xff", "\u202egpj.exe".encode(),
    b"a/b", b"a\\b", b"a:b", b"a\nb", b"a\tb", b"desktop.ini", b"._secret", "\U0001f600".encode() * 60, "stra\u00dfe".encode(),
    b"strasse", "\ufb01le".encode(), b"file", b"a~0123456789ab", b"\xed\xa0\x80", b"mail.eml" + b" " * 90, b"NUL.", b"nul",
]  # fmt: skip

names = st.one_of(
    st.sampled_from(NASTY),
    st.binary(max_size=120),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


def assert_safe(name: str, limit: int) -> None:
    assert is_node_name(name)
    assert units(name) <= limit
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(" ")
    assert not name.endswith(".")
    assert not {unicodedata.category(letter) for letter in name} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1", "LPT¹"}


@given(st.lists(names, unique=True, max_size=12), st.integers(min_value=32, max_value=COMPONENT_UNITS))
def test_name_all_is_safe_and_injective_ignoring_case(originals, limit):
    named = name_all(originals=originals, limit=limit)

    assert list(named) == originals
    assert len({folded(name) for name in named.values()}) == len(originals)
    for name in named.values():
        assert_safe(name, limit)


def test_name_all_of_every_nasty_name_is_injective():
    named = name_all(originals=NASTY)

    assert len({folded(name) for name in named.values()}) == len(NASTY)
    for name in named.values():
        assert_safe(name, COMPONENT_UNITS)


@given(st.lists(names, unique=True, min_size=1, max_size=8), st.randoms())
def test_name_all_does_not_depend_on_the_order(originals, randomness):
    shuffled = list(originals)
    randomness.shuffle(shuffled)

    assert dict(name_all(originals=shuffled)) == dict(name_all(originals=originals))


@pytest.mark.parametrize("name", ["Budget.xlsx", "Grüße.txt", "日本語.txt", "a b.c", ".bashrc"])
def test_name_all_keeps_a_good_name(name):
    assert name_all(originals=[name.encode()]) == {name.encode(): name}


def test_name_all_keeps_the_extension_of_a_marked_name():
    named = name_all(originals=[b"Report.PDF", b"report.pdf"])

    assert [name[-4:] for name in named.values()] == [".PDF", ".pdf"]
    assert [name[:7] for name in named.values()] == ["Report~", "report~"]


def test_name_all_marks_a_name_that_looks_marked():
    forged = name_all(originals=[b"a?"])[b"a?"].encode()

    named = name_all(originals=[b"a?", forged])

    assert len(set(named.values())) == 2


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", "_"),
        ("a  b\r\n c", "a b c"),
        ("NUL", "_NUL"),
        ("a/b", "a_b"),
        ("...", "_"),
        ("x. ", "x"),
        ("Desktop.ini", "_Desktop.ini"),
    ],
)
def test_clean_gives_the_nearest_text(text, cleaned):
    assert clean(text) == cleaned


def test_cut_never_splits_a_pair_or_leaves_a_dot():
    assert cut("\U0001f600" * 10, limit=7) == "\U0001f600" * 3
    assert cut("abc. def", limit=5) == "abc"
    assert cut("...", limit=2) == "_"
    assert cut("abc", limit=3) == "abc"
