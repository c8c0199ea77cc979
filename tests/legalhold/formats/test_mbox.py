import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalhold.formats.mbox import (
    MboxVariant,
    SourceShrank,
    UnquotedSlice,
    has_preamble,
    index_mbox,
    looks_like_mbox,
    read_messages,
    unquote,
)
from legalhold.formats.mbox import index as index_module
from legalhold.formats.mbox import messages as messages_module
from legalhold.formats.mbox import quoting as quoting_module

FROM = b"From a@example.org Thu Mar 14 09:00:00 2024\n"


def split(data, variant=None):
    source = io.BytesIO(data)
    found, messages = read_messages(source=source, index=index_mbox(source), variant=variant)
    return found, list(messages)


def texts(data, variant=None):
    return [message.data for message in split(data, variant)[1]]


@pytest.mark.parametrize("name", ["held", "held-crlf"])
def test_split_gives_the_messages_that_went_in(samples, name):
    expected = (samples / f"mail/{name}.sha256").read_text().split()

    variant, messages = split((samples / f"mail/{name}.mbox").read_bytes())

    assert variant is MboxVariant.MBOXRD
    assert [message.digest.hex() for message in messages] == expected


def test_split_by_every_small_block_gives_the_same(samples, monkeypatch):
    data = (samples / "mail/held-crlf.mbox").read_bytes()
    expected = split(data)

    for block_bytes in (1100, 1301, 4096):
        monkeypatch.setattr(index_module, "BLOCK_BYTES", block_bytes)

        assert split(data) == expected


def test_split_sentences_that_begin_with_from(samples):
    variant, (first, second) = split((samples / "mail/traps.mbox").read_bytes())

    assert variant is MboxVariant.PLAIN
    assert first.data.endswith(b"it has no date.\n")
    assert second.data.endswith(b"no newline at its end")


def test_split_by_true_lengths(samples):
    variant, messages = split((samples / "mail/lengths.mbox").read_bytes())

    assert variant is MboxVariant.MBOXCL2
    assert [message.data.partition(b"\n\n")[2] for message in messages] == [
        b"Plain.\n",
        b"A mailbox quoted in a message:\n\nFrom someone@example.org Fri Mar 15 10:00:00 2024\n>From stays as it is.\n",
        b"Last.\n",
    ]


def test_split_by_lengths_falls_back_where_one_lies():
    body = b"Content-Length: 3\n\nab\n\n"
    lies = [b"Content-Length: 7\n\nab\n\n", b"Content-Length: 99999\n\nab\n\n", b"Subject: none\n\nab\n\n"]

    for lie in lies:
        data = (FROM + body) * 32 + FROM + lie + FROM + body
        variant, messages = split(data)

        assert variant is MboxVariant.MBOXCL2
        assert len(messages) == 34
        assert messages[32].data == lie[:-1]


@pytest.mark.parametrize(
    ("text", "variant", "expected"),
    [
        (b"hi\n>From the start\n", MboxVariant.MBOXO, b"hi\nFrom the start\n"),
        (b"hi\n>>From the start\n", MboxVariant.MBOXRD, b"hi\n>From the start\n"),
        (b"hi\n>From the start\nFrom here\n", MboxVariant.MBOXCL2, b"hi\n>From the start\nFrom here\n"),
        (b"hi\n>From the start\n\n" + FROM + b"\n", MboxVariant.MBOXCL2, b"hi\n>From the start\n\n" + FROM + b"\n"),
    ],
)
def test_true_lengths_over_quoted_lines(text, variant, expected):
    data = b"".join(FROM + b"Content-Length: %d\n\n" % len(body) + body + b"\n" for body in (text, b"x\n"))

    told, messages = split(data)

    assert told is variant
    assert [message.data.partition(b"\n\n")[2] for message in messages] == [expected, b"x\n"]


def test_split_many_true_lengths_samples_only_some():
    data = (FROM + b"Content-Length: 3\n\nab\n\n") * 40

    assert len(split(data)[1]) == 40


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (FROM, [b""]),
        (FROM + b"\n", [b""]),
        (FROM + b"\r\n", [b""]),
        (FROM + b"x", [b"x"]),
        (FROM + b"x\n", [b"x\n"]),
        (FROM + b"x\n\n", [b"x\n"]),
        (FROM + b"x\r\n\r\n", [b"x\r\n"]),
        (FROM + b"x\n\n\n", [b"x\n\n"]),
        (FROM + b"\n" + FROM + b"\n", [b"", b""]),
        (FROM + b"x\n" + FROM + b"y\n", [b"x\n" + FROM + b"y\n"]),
        (b"From\n", []),
        (b"From -", [b""]),
        (b"From nobody\nx\n\nFrom nobody\ny\n", [b"x\n\nFrom nobody\ny\n"]),
        (FROM + b"x\n\nFrom " + b"9" * 2000 + b" 09:00:00 2024\n", [b"x\n\nFrom " + b"9" * 2000 + b" 09:00:00 2024\n"]),
        (FROM + b"x\n\n" + FROM[:-1], [b"x\n", b""]),
        (FROM + b"x\n\nFrom a@b Tue Jan  1 00:00:00 +0000 2019\ny\n", [b"x\n", b"y\n"]),
        (FROM + b"x\n\nFrom a@b 2019-01-01 00:00:00\ny\n", [b"x\n", b"y\n"]),
    ],
)
def test_split_edges(data, expected):
    assert texts(data) == expected


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (MboxVariant.MBOXRD, b"From a\n>From b\n>x\n"),
        (MboxVariant.MBOXO, b"From a\n>>From b\n>x\n"),
        (MboxVariant.MBOXCL2, b">From a\n>>From b\n>x\n"),
    ],
)
def test_unquote_by_variant(variant, expected):
    assert unquote(b">From a\n>>From b\n>x\n", variant=variant) == expected


def test_variant_told_wins_over_the_file(samples):
    data = (samples / "mail/held.mbox").read_bytes()

    variant, messages = split(data, MboxVariant.MBOXO)

    assert variant is MboxVariant.MBOXO
    assert b"\n>>>From the start" in messages[2].data


def test_exact_pieces_are_those_not_quoted(samples):
    data = (samples / "mail/held.mbox").read_bytes()

    messages = split(data)[1]

    assert [position for position, message in enumerate(messages, 1) if not message.is_exact] == [2, 3]
    assert all(data[m.start : m.end] == m.data for m in messages if m.is_exact)


@pytest.mark.parametrize("data", [b"", b"\n\r\n" + FROM, b"\xef\xbb\xbf\n\n" + FROM, FROM])
def test_preamble_absent(data):
    source = io.BytesIO(data)

    assert not has_preamble(source=source, index=index_mbox(source))


@pytest.mark.parametrize("data", [b"text", b"text\n\n" + FROM, b"\n" * 70000 + b"text\n\n" + FROM])
def test_preamble_present(data):
    source = io.BytesIO(data)

    assert has_preamble(source=source, index=index_mbox(source))


def test_looks_like_mbox():
    assert looks_like_mbox(b"\n" + FROM)
    assert not looks_like_mbox(b"From here on\n")
    assert not looks_like_mbox(b"")


def large(monkeypatch, data):
    monkeypatch.setattr(messages_module, "MAX_IN_MEMORY_BYTES", 0)
    return split(data)


@pytest.mark.parametrize("block_bytes", [64, 1 << 20])
def test_message_too_large_for_memory_is_unquoted_while_read(samples, monkeypatch, block_bytes):
    data = (samples / "mail/held.mbox").read_bytes()
    expected = [(m.start, m.end, m.digest, m.size_bytes, m.head, None, m.is_exact) for m in split(data)[1]]
    monkeypatch.setattr(quoting_module, "BLOCK_BYTES", block_bytes)

    _, messages = large(monkeypatch, data)

    assert [(m.start, m.end, m.digest, m.size_bytes, m.head, m.data, m.is_exact) for m in messages] == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"From ", b">", b"\n", b"x", b"\r\n", b"Y" * 70]), max_size=40), st.integers(50, 90))
def test_unquoted_slice_equals_unquote(pieces, block_bytes):
    data = b"".join(pieces)
    before = quoting_module.BLOCK_BYTES
    quoting_module.BLOCK_BYTES = block_bytes
    try:
        stream = UnquotedSlice(source=io.BytesIO(data), size_bytes=len(data), variant=MboxVariant.MBOXRD)
        found = stream.read()
    finally:
        quoting_module.BLOCK_BYTES = before

    assert stream.readable()
    assert found == unquote(data, variant=MboxVariant.MBOXRD)


def test_middle_of_a_line_longer_than_two_blocks_is_not_unquoted(monkeypatch):
    data = b"Y" * 80 + b">From me" + b"Y" * 50 + b"\n>From you\n"
    monkeypatch.setattr(quoting_module, "BLOCK_BYTES", 40)

    stream = UnquotedSlice(source=io.BytesIO(data), size_bytes=len(data), variant=MboxVariant.MBOXRD)

    assert stream.read() == b"Y" * 80 + b">From me" + b"Y" * 50 + b"\nFrom you\n"


def test_unquoted_slice_closes_what_it_owns():
    owned, lent = io.BytesIO(b"x"), io.BytesIO(b"x")

    UnquotedSlice(source=owned, size_bytes=1, variant=MboxVariant.PLAIN, owns_source=True).close()
    UnquotedSlice(source=lent, size_bytes=1, variant=MboxVariant.PLAIN).close()

    assert (owned.closed, lent.closed) == (True, False)


def test_file_that_shrinks_while_read_is_told():
    data = FROM + b"x" * 100 + b"\n"
    index = index_mbox(io.BytesIO(data))

    _, messages = read_messages(source=io.BytesIO(data[:-50]), index=index)

    with pytest.raises(SourceShrank, match="capture it again"):
        list(messages)


def test_preamble_of_a_file_that_shrinks_is_none():
    index = index_mbox(io.BytesIO(b"\n" * 10 + FROM))

    assert not has_preamble(source=io.BytesIO(b""), index=index)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60).map(lambda raw: b"Subject: s\n\n" + raw + b"\n"), min_size=1, max_size=6))
def test_split_takes_back_what_an_mboxrd_writer_did(messages):
    import re

    data = b"".join(FROM + re.sub(rb"(?m)^(>*From )", rb">\1", message) + b"\n" for message in messages)

    found = texts(data, MboxVariant.MBOXRD)

    assert [hashlib.sha256(one).digest() for one in found] == [hashlib.sha256(one).digest() for one in messages]
