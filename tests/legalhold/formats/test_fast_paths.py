"""What is read fast must be what is read slowly: of made-up, of real and of broken mail."""

import os
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from legalhold.formats import addresses
from legalhold.formats.addresses import parse_mailboxes
from legalhold.formats.eml import scan_mail
from legalhold.formats.facts import fields
from legalhold.formats.facts.fields import parse_fields, read_fields
from legalhold.formats.facts.message import message_facts
from legalhold.formats.headers import header_of, with_newlines
from legalhold.formats.mail_dates import parse_mail_date
from legalhold.formats.mbox import index_mbox, read_messages
from legalhold.formats.mime import walk_mime

# earlier years the standard library takes for years of two digits
YEAR_1000, YEAR_9999 = datetime(1000, 1, 3), datetime(9999, 1, 1)
LINES = st.sampled_from(
    [b"Subject: a", b"subject:b\r", b"TO:  c@d, e@f \t", b" folded", b"\tand again\r", b"Reply-To: by x; then", b"From:", b"",
     b"no field", b"From me Thu", b"Subject : odd", b": none", b"To: \xfc@\xe9\x00", b"Date: lone\rcr", b"X-Y: z: From: q",
     b"\xfcTo: x", b"Bcc: a\x0bb\x85c\x1cd", b">From: x"]
)  # fmt: skip
MAILBOX_PIECES = st.lists(
    st.sampled_from([b"a@b", b"Ann", b" ", b'"Q, R"', b"<c@d>", b"<", b">", b'"', b"\\", b",", b";", b":", b"(x)", b"=?utf-8?q?=C3=BC?=",
                     b"\xfc", b"\t\r\n", b"[1]", b"<>", b'""']), max_size=8,
)  # fmt: skip


@given(st.lists(LINES, max_size=8).map(b"\n".join))
@example(b"")
@example(b"To: a@b\n")
@example(b" To: a@b\nTo: c@d")
def test_fields_are_what_the_parser_reads(header):
    assert read_fields(header) == parse_fields(header)


@given(st.binary(max_size=60))
def test_fields_of_any_bytes_are_what_the_parser_reads(noise):
    header = b"To: a@b\n" + noise + b"\nSubject: c"

    assert read_fields(header) == parse_fields(header)


def test_well_formed_headers_need_no_parser(monkeypatch):
    monkeypatch.setattr(fields, "parse_fields", None)

    assert read_fields(b"To: a@b,\r\n\tc@d\r\nto: e\r\nX: y") == {"to": [b"a@b,\tc@d", b"e"]}


@given(MAILBOX_PIECES.map(b"".join))
@example(b"Ann Lee <a@b>")
@example(b"<>")
@example(b'"Q, R" <c@d>, "S" <e@f>,')
@example(b"a" * 300 + b"@b, c@d")
def test_plain_mailboxes_are_what_the_list_says(value):
    assert parse_mailboxes(value) == addresses._read_list(value)


def test_plain_mailboxes_need_no_list(monkeypatch):
    monkeypatch.setattr(addresses, "_read_list", None)

    found = [parse_mailboxes(value) for value in (b"plain@b", b"Plain Ann <a@b>", b'"Plain Ann" <a@b>,\r\n c@d')]

    assert found == [(("", "plain@b"),), (("Plain Ann", "a@b"),), (("Plain Ann", "a@b"), ("", "c@d"))]


@given(st.datetimes(YEAR_1000, YEAR_9999), st.timezones(), st.sampled_from([b"", b" (comment)", b" " * 70]))
def test_dates_are_what_the_standard_library_reads(at, zone, rest):
    offset = zone.utcoffset(at)
    text = format_datetime(at.replace(tzinfo=zone))
    whole_minutes = offset is not None and offset % timedelta(minutes=1) == timedelta()

    found = parse_mail_date(text.encode() + rest)

    if whole_minutes:  # what a date field can say of an offset
        assert found is not None
        assert found.at == parsedate_to_datetime(text)


def _same_in_every_way(data: bytes) -> None:
    looked = with_newlines(data)
    header = looked[: header_of(looked).end]
    if header.startswith(b"From "):
        header = header.partition(b"\n")[2]
    scan = scan_mail(data)

    assert read_fields(header) == parse_fields(header)
    assert message_facts(data, scan=scan) == message_facts(data)
    assert message_facts(data).attachments == message_facts(data, scan=_walked(data)).attachments
    for name in ("from", "sender", "to", "cc", "bcc"):
        for value in read_fields(header).get(name, ()):
            assert parse_mailboxes(value) == addresses._read_list(value)


def _walked(data: bytes):
    """A scan that has walked the parts, needed or not."""
    scan = scan_mail(data)
    return type(scan)(scan.coverage, scan.exceptions, scan.subject, walk_mime(with_newlines(data)).parts)


def _messages(folder: Path):
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".mbox":
            with path.open("rb") as source:
                _, messages = read_messages(source=source, index=index_mbox(source))
                yield from (message.data for message in messages if message.data is not None)
        elif path.is_file():
            yield path.read_bytes()[: 1 << 20]


def test_samples_are_read_alike(samples):
    count = 0
    for data in _messages(samples):
        _same_in_every_way(data)
        count += 1

    assert count > 50


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["mail-real", "mail-nasty"])
def test_corpora_are_read_alike(name):
    count = 0
    for data in _messages(Path(os.environ["LEGALHOLD_CORPORA"]) / name):
        _same_in_every_way(data)
        count += 1

    assert count >= {"mail-real": 1500, "mail-nasty": 100}[name]


def test_a_scan_that_saw_only_text_is_walked_for_a_disposition():
    data = b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nabc"

    assert scan_mail(data).parts is None
    assert [one.name for one in message_facts(data).attachments] == ["a.txt"]
