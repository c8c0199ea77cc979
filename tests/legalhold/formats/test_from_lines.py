"""Which lines of an mbox begin a message: of what is really written, and of what only looks so."""

import io
import os
import re
from pathlib import Path

import pytest

from legalhold.formats.mbox import from_lines, index_mbox, looks_like_mbox, read_messages
from legalhold.formats.mbox import index as index_module
from legalhold.formats.mbox.from_lines import date_words

FROM = b"From a@example.org Thu Mar 14 09:00:00 2024\n"
MESSAGE = b"Subject: s\nDate: Thu, 14 Mar 2024 09:00:00 +0000\n\ntext\n"
MARK = b"\xef\xbb\xbf"
GOES_ON = [
    b"From the start it was so.\nAnd it stayed.\n",
    b"From what I saw at 10:30 on 3 May 2024, he left.\nBye\n",
    b"From our pages:\nhttps://example.org/ tells more\n",
    b"From a@b\nno header\n",
    b"From " + b"9" * 2000 + b" 09:00:00 2024\ntext\n",
    b"From " + b"9" * 20_000 + b"\nSubject: s\n",
]
DOUBTFUL = [
    b"From " + b"9" * 2000 + b" 09:00:00 2024\nSubject: s\n",
    b"From Russia with love\nYear: 1963\n",
    b"From a@b\nX-Own: 1\n\nSubject: s\n",
]


def split(data):
    source = io.BytesIO(data)
    _, messages = read_messages(source=source, index=index_mbox(source))
    return [message.data for message in messages]


@pytest.mark.parametrize(
    "line",
    [
        b"From a@b Thu Mar 14 09:00:00 2024",
        b"From a@b Thu Mar 14 09:00:00 2024 remote from host",
        b"From a@b Thu Mar 14 09:00 PST 2024",
        b"From 1844347792267117879@xxx Thu Mar 14 09:00:00 +0000 2024",
        b"From Hello Support Tue Jul 10 18:50:15 2012",
        b"From - Mon, 14 Mar 2024 09:00:00 +0100 (CET)",
        b"From a@b 2024-03-14 09:00:00",
        b"From a@b 2024-03-14T09:00:00Z",
        b"From -",
        b"From - ",
        b"From 1844347792267117879@xxx",
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("blank", [b"", b"\n"])
def test_split_with_and_without_a_blank_line(line, newline, blank):
    message = MESSAGE.replace(b"\n", newline)
    piece = line + newline + message

    found = split((piece + blank.replace(b"\n", newline)) * 3)

    assert found == [message] * 3


@pytest.mark.parametrize("line", [b"From nobody at all", b"From MAILER-DAEMON", b"From a@b at 10:30 on 3 May 2024, so"])
@pytest.mark.parametrize("second", [b"", b">From x\n", FROM])
def test_split_by_a_blank_line_and_a_header(line, second):
    expected = [b"x\n", second.lstrip(b">") + MESSAGE]

    assert split(FROM + b"x\n\n" + line + b"\n" + second + MESSAGE) == expected


@pytest.mark.parametrize("text", [*GOES_ON, *DOUBTFUL])
def test_text_that_begins_with_from_stays_where_it_is(text):
    data = MESSAGE + b"\n" + text

    assert split(FROM + data + b"\n" + FROM + MESSAGE) == [data, MESSAGE]


def test_header_below_a_line_of_words_splits_only_after_a_blank_line():
    data = MESSAGE + b"From nobody at all\n" + MESSAGE

    assert split(FROM + data) == [data]


@pytest.mark.parametrize(
    ("data", "count"),
    [
        *((FROM + MESSAGE + b"\n" + text, 0) for text in GOES_ON),
        *((FROM + MESSAGE + b"\n" + text, 1) for text in DOUBTFUL),
        (FROM + MESSAGE + b"From nobody\n" + MESSAGE, 1),
        (FROM + MESSAGE + FROM + b"no header\n", 1),
        (FROM + MESSAGE + b"From : a@b\nSubject: s\n", 0),
        (FROM + FROM + MESSAGE, 0),
    ],
)
def test_lines_that_may_begin_a_message_are_noted(data, count):
    index = index_mbox(io.BytesIO(data))

    assert (len(index.lines), len(index.doubts)) == (1, count)


def test_byte_order_mark_before_the_first_line_is_passed_over():
    assert split(MARK + b"From -\n" + MESSAGE + b"\nFrom -\n" + MESSAGE) == [MESSAGE, MESSAGE]
    assert looks_like_mbox(MARK + b"From -\n" + MESSAGE)


@pytest.mark.parametrize("blank", [b"", b"\r"])
@pytest.mark.parametrize("mark", [b"", MARK])
def test_split_lines_that_end_in_a_lone_cr(mark, blank):
    message = MESSAGE.replace(b"\n", b"\r") + b">From here\r"
    data = mark + (FROM.replace(b"\n", b"\r") + message + blank) * 3

    assert looks_like_mbox(data)
    assert split(data) == [message] * 3


def test_mail_field_written_in_an_obsolete_way_is_no_separator():
    data = b"From  : a@b\nSubject: s\n\ntext\n"

    assert split(data) == []
    assert not looks_like_mbox(data)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (FROM, True),
        (b"From -\r\n" + MESSAGE.replace(b"\n", b"\r\n"), True),
        (b"From nobody at all\n" + MESSAGE, True),
        (b"From nobody at all\ntext\n", False),
        (b"From what I saw at 10:30 on 3 May 2024, he left.\n", False),
        (b"From " + b"9" * 2000 + b" 09:00:00 2024\n" + MESSAGE, False),
    ],
)
def test_looks_like_mbox_by_line_and_header(head, told):
    assert looks_like_mbox(head) is told


@pytest.mark.parametrize("block_bytes", [7, 1100])
def test_split_by_every_small_block_gives_the_same(monkeypatch, block_bytes):
    pieces = [
        FROM + MESSAGE,
        MESSAGE + b"\n" + DOUBTFUL[1] + b"\n",
        b"From -\n" + MESSAGE,
        b"a >From b, From c\n>From a\n>>From b\n\n",
    ]
    data = MARK + b"".join(pieces) + b"y" * 5000 + b"\n" + FROM + MESSAGE + b"\n" + FROM
    whole = index_mbox(io.BytesIO(data))
    monkeypatch.setattr(index_module, "BLOCK_BYTES", block_bytes)

    assert index_mbox(io.BytesIO(data)) == whole
    assert (list(whole.lines), whole.has_quoted, whole.has_twice_quoted) == (
        [3, data.index(b"From -"), data.rindex(FROM, 0, -len(FROM)), len(data) - len(FROM)],
        True,
        True,
    )


@pytest.mark.parametrize("day", [b" 4", b"14"])
@pytest.mark.parametrize("sender", [b"a@b", b"a@b ", b"-"])
def test_usual_date_is_what_the_slow_way_tells(monkeypatch, sender, day):
    line = b"From " + sender + b" Thu Mar " + day + b" 09:00:00 2024\r"
    fast = date_words(line)

    monkeypatch.setattr(from_lines, "_USUAL", re.compile(rb"(?!)"))

    assert (fast.split(), len(fast.split())) == (date_words(line).split(), 5)


def test_header_below_the_next_line_is_not_taken_for_this_one():
    data = MESSAGE + b"\nFrom nobody\nX-Own: 1\nFrom somebody\n" + MESSAGE

    index = index_mbox(io.BytesIO(FROM + data))

    assert (len(index.lines), len(index.doubts)) == (1, 2)


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("content-length.mbox", 29),
        ("content-length-summary", 29),
        ("issue1189.mbox", 4),
        ("jwz-summary", 152),
        ("simple.mbox", 3),
        ("unmunged.mbox", 2),
    ],
)
def test_corpora_are_split_into_what_is_in_them(name, count):
    path = Path(os.environ["LEGALHOLD_CORPORA"]) / f"mail-nasty/mimekit/UnitTests__TestData__mbox__{name}.txt"
    data = path.read_bytes()

    assert looks_like_mbox(data[: 16 << 10])
    assert len(split(data)) == count
