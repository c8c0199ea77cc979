"""Every byte of an mbox is in a message, a From_ line or a blank line, or it is told that it isn't."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalhold.formats.mbox import MboxVariant, has_postamble, has_preamble, index_mbox, read_messages

FROM = b"From a@b Thu Mar 14 09:00:00 2024\n"
SEPARATION = re.compile(rb"[\r\n]*From [^\r\n]*[\r\n]*")
PIECES = [
    FROM,
    FROM[:-1],
    b"From -\n",
    b"From x\r\n",
    b"Subject: s\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"text",
    b"Content-Length: 9\n",
]


def read(data, index=None, variant=None):
    source = io.BytesIO(data)
    index = index or index_mbox(source)
    _, messages = read_messages(source=source, index=index, variant=variant)
    return source, index, list(messages)


@pytest.mark.parametrize("variant", [None, MboxVariant.MBOXCL2])
@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_what_is_in_no_message_separates_or_is_told(pieces, variant):
    data = b"".join(pieces)

    source, index, messages = read(data, variant=variant)

    at = index.lines[0] if index.lines else len(data)
    assert has_preamble(source=source, index=index) or not data[:at].strip()
    for message in messages:
        lines = data[at : message.start].replace(b"\r", b"\n") if index.has_lone_crs else data[at : message.start]
        assert SEPARATION.fullmatch(lines) or not message.is_adjoining
        at = message.end
    assert not data[at:].strip(b"\r\n")


def test_message_that_ends_too_early_leaves_a_remainder():
    data = FROM + b"Subject: s\n\nlost\n\n" + FROM + b"Subject: t\n\nx\n"
    index = index_mbox(io.BytesIO(data))
    index.blanks[1] -= 5

    _, _, messages = read(data, index)

    assert [message.is_adjoining for message in messages] == [True, False]


@pytest.mark.parametrize(("end", "told"), [(0, True), (4, True), (5, False), (6, False)])
def test_text_after_the_last_message_is_a_remainder(end, told):
    source = io.BytesIO(b"\ntext\n")

    assert has_postamble(source=source, index=index_mbox(source), end=end) is told
