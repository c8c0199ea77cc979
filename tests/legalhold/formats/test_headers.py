import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import headers
from legalhold.formats.headers import (
    cut_name,
    decode_text,
    has_fields,
    has_unknown_charset,
    header_of,
    looks_like_message,
    unfold,
    with_newlines,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"A: b\n\nbody", (4, 6)),
        (b"A: b\r\n\r\nbody", (4, 8)),
        (b"A: b\n\r\nbody", (4, 7)),
        (b"A: b\r\n\r\nx\n\ny", (4, 8)),
        (b"A: b\n\nx\r\n\r\ny", (4, 6)),
        (b"\nbody", (0, 1)),
        (b"\r\nbody", (0, 2)),
        (b"A: b", (4, 4)),
        (b"", (0, 0)),
    ],
)
def test_header_ends(data, expected):
    assert header_of(data) == (*expected, False)


@pytest.mark.parametrize(
    ("start", "header", "whole"),
    [
        (0, b"Subject: s\nTo: Ann <a@b>, Bob <c@d>, Cy <e@f>\n", b"Subject: s\nTo: Ann <a@b>, Bob <c@d>"),
        (0, b'Subject: s\nTo: Ann <a@b>, "Brown, Bob" <c@d>', b"Subject: s\nTo: Ann <a@b>"),
        (0, b'Subject: s\nTo: Ann <a@b>, "Brown, Bob', b"Subject: s\nTo: Ann <a@b>"),
        (0, b"Subject: s\nTo: Ann", b"Subject: s"),
        (2, b"--A: b\nTo: Ann <a@b>, Bo", b"--A: b\nTo: Ann <a@b>"),
        (0, b"no field at all", b""),
    ],
)
def test_header_that_is_too_long_ends_in_no_half_address(monkeypatch, start, header, whole):
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", len(header) - start)

    assert header_of(header + b"x\n\nbody", start=start) == (len(whole), len(header), True)


def test_header_of_just_the_length_that_is_looked_at_is_whole(monkeypatch):
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", 6)

    assert header_of(b"A: b\n\nbody") == (4, 6, False)
    assert header_of(b"A: bcd") == (6, 6, False)


def test_header_of_a_part_stays_in_its_range():
    assert header_of(b"xx\nA: b\n\nbody", start=3, end=7) == (7, 7, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain", "plain"),
        (b"=?iso-8859-1?Q?Gr=FC=DFe_an?= Bob", "Grüße an Bob"),
        (b"=?utf-8?B?4oKs?=", "€"),
        (b"=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
        (b"=?utf-8?q?a?= =?iso-8859-1?q?=FC?=", "aü"),
        (b"x =?utf-8?q?a?=\n =?utf-8?q?b?= y", "x ab y"),
        (b"=?no-such?q?a=FC?=", "aü"),
        (b"=?utf-8?B?!!!!A?=", ""),
        (b"=?utf-8*en?q?a?=", "a"),
        (b"=?broken", "=?broken"),
        (b"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        (b"raw \xc3\xbc", "raw ü"),
        (b"raw \xfc", "raw ü"),
        (b"a\x00\x07b", "a b"),
        (b"", ""),
    ],
)
def test_text_is_made_readable(value, expected):
    assert decode_text(value) == expected


@given(st.binary(max_size=300))
def test_text_never_raises(raw):
    assert isinstance(decode_text(b"=?utf-8?b?" + raw + b"?= =?" + raw + b"?q?" + raw + b"?="), str)


def test_words_of_an_unknown_charset_are_told():
    assert has_unknown_charset(b"x =?utf-8?q?a?= =?x-none?q?a?=")
    assert not has_unknown_charset(b"x =?utf-8*en?q?a?= =?x-sjis?b??= =?no word?=")
    assert not has_unknown_charset(b"plain")


def test_name_is_cut_between_characters():
    assert cut_name("ü" * 150) == "ü".encode() * 100


def test_message_is_known_by_its_header():
    assert looks_like_message(b"Received: x\nDate: y\n\n")
    assert looks_like_message(b"From a@b Thu\nFrom: x\n")
    assert looks_like_message(b"X-First: a\rFrom: x\r\rbody")
    assert not looks_like_message(b"Note: this\n\nFrom: x\n")
    assert not looks_like_message(b"no header\nFrom: x\n")
    assert has_fields(b"\xef\xbb\xbfFrom: x")
    assert not has_fields(b"")


def test_lines_and_folds():
    assert with_newlines(b"a\rb") == b"a\nb"
    assert with_newlines(b"a\r\nb") == b"a\r\nb"
    assert unfold(b" a\r\n\tb\n c ") == b"a\tb c"
