import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import eml, headers, mime
from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.eml import scan_mail
from legalhold.formats.mime import walk_mime

DATE = b"Date: Thu, 14 Mar 2024 09:32:00 +0000\n"
AT = datetime(2024, 3, 14, 9, 32, tzinfo=UTC)


def mixed(*parts, end=b"--b--\n"):
    return (
        b"From: a@example.org\n"
        + DATE
        + b'Content-Type: multipart/mixed; boundary="b"\n\npreamble\n'
        + b"".join(b"--b\n" + part for part in parts)
        + end
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (DATE, Coverage(AT, AT)),
        (DATE + b"Received: by x; Thu, 14 Mar 2024 10:32:00 +0000\n", Coverage(AT, AT.replace(hour=10))),
        (DATE + b"Received: by x\n", Coverage(AT, AT)),
        (DATE + b"Received: by x; never\n", OPEN),
        (DATE + b"Resent-Date: Wed, 13 Mar 2024 09:32:00 +0000\n", Coverage(AT.replace(day=13), AT)),
        (b"Received: by x; Thu, 14 Mar 2024 10:32:00 +0000\n", OPEN),
        (b"Date: whenever\n", OPEN),
        # in Shanghai still the day before
        (
            b"Date: Wed, 1 Jan 2025 07:30 CST\n",
            Coverage(datetime(2024, 12, 31, 17, 30, tzinfo=UTC), datetime(2025, 1, 1, 19, 30, tzinfo=UTC)),
        ),
        (b"Subject: none\n", OPEN),
        (b"Date: Thu, 01 Jan 1970 00:00:07 +0000\n" + DATE, OPEN),
        (b"Date: Thu, 01 Jan 2567 10:00:00 +0700\nReceived: x; Thu, 14 Mar 2024 09:32:00 +0000\n", OPEN),
        (DATE + b"Received: by x; Thu, 14 Mar 2024 09:32:00 +0000\n" * 200, OPEN),
    ],
)
def test_coverage(header, expected):
    assert scan_mail(header + b"\nbody").coverage == expected


def test_date_in_the_body_says_nothing():
    assert scan_mail(b"Subject: a\n\n" + DATE).coverage == OPEN


def test_subject_names_the_message():
    assert scan_mail(b"Subject: =?utf-8?q?=C3=BC?=\n b\nSubject: second\n\n").name() == "ü b".encode()
    assert scan_mail(b"From: a\n\n").name() == b"message"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("ZERO_BYTE",)),
        (b"no header at all\n", ("PARSE_ERROR",)),
        (b"\nbody only\n", ("PARSE_ERROR",)),
        (DATE + b"\nbody", ()),
        (DATE + b"\n-----BEGIN PGP MESSAGE-----\n", ("ENCRYPTED",)),
        (DATE + b"Content-Type: text/plain; charset=utf-8\n\n", ()),
        (DATE + b"Content-Type: text/plain; charset=x-none\n\n", ("UNKNOWN_CHARSET",)),
        (DATE + b"Subject: =?x-none?q?a?=\n\n", ("UNKNOWN_CHARSET",)),
        (DATE + b"Subject: =?iso-8859-8-i?q?a?=\n\n", ()),
        (mixed(b"Content-Disposition: attachment; filename*=x-none''%41\n\nx\n"), ("UNKNOWN_CHARSET",)),
        (mixed(b"Content-Disposition: attachment; filename*=utf-8''%41; other*=it's\n\nx\n"), ()),
        (mixed(b'Content-Type: text/plain; name="=?x-none?q?a?="\n\nx\n'), ("UNKNOWN_CHARSET",)),
        (DATE + b"Content-Type: multipart/encrypted; boundary=b\n\n", ("ENCRYPTED",)),
        (DATE + b"Content-Type: application/pkcs7-mime\n\n", ("ENCRYPTED",)),
        (DATE + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n\n", ()),
        (DATE + b"Content-Type: application/x; x=y\nContent-Transfer-Encoding: base64\n\nQUJD\n", ()),
        (
            DATE + b"Content-Type: application/x; x=y\nContent-Transfer-Encoding: base64\n\nQUJDR\n",
            ("TRUNCATED_BASE64",),
        ),
        (mixed(b"Content-Transfer-Encoding: base64\n\nQUJD\n"), ()),
        (mixed(b"Content-Transfer-Encoding: base64\n\nQUJD\n", end=b""), ("TRUNCATED_BASE64",)),
        (mixed(b"\ntext\n", end=b""), ()),
    ],
)
def test_exceptions(data, expected):
    assert scan_mail(data).exceptions == expected


def test_beginning_alone_is_not_called_truncated():
    data = mixed(b"Content-Transfer-Encoding: base64\n\nQUJD\n", end=b"")

    assert scan_mail(data, is_whole=False).exceptions == ()


def test_samples_have_their_marks(samples):
    from legalhold.formats.mbox import index_mbox, read_messages

    with (samples / "mail/held.mbox").open("rb") as source:
        messages = list(read_messages(source=source, index=index_mbox(source))[1])

    found = {n: marks for n, m in enumerate(messages, 1) if (marks := scan_mail(m.data).exceptions)}

    assert found == {15: ("TRUNCATED_BASE64",), 16: ("UNKNOWN_CHARSET",), 17: ("ENCRYPTED",)}


def test_too_deep(samples):
    assert scan_mail((samples / "eml/deep.eml").read_bytes()).exceptions == ("TOO_DEEP",)


def test_header_of_many_recipients_is_read_to_its_end():
    to = b",\n ".join(b"Person Number %d <person%d@example.com>" % (n, n) for n in range(2500))

    scan = scan_mail(b"To: " + to + b"\nSubject: late\nContent-Type: x/y; charset=x-none\n" + DATE + b"\nbody")

    assert (scan.coverage, scan.subject, scan.exceptions) == (Coverage(AT, AT), "late", ("UNKNOWN_CHARSET",))


def test_header_that_is_cut_is_told_and_opens_the_dates(monkeypatch):
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", 100)

    scan = scan_mail(DATE + b"Subject: late\nX: " + b"y" * 100 + b"\nReceived: z; never\n\nbody")

    assert (scan.coverage, scan.subject, scan.exceptions) == (OPEN, "late", ("TOO_LARGE",))


def test_beginning_that_ends_in_the_header_is_told_and_opens_the_dates():
    scan = scan_mail(DATE + b"Subject: early\nTo: a", is_whole=False)

    assert (scan.coverage, scan.subject, scan.exceptions) == (OPEN, "early", ("TOO_LARGE",))


def test_part_whose_header_is_cut_is_told(monkeypatch):
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", 150)

    assert scan_mail(mixed(b"X: " + b"y" * 200 + b"\n\ntext\n")).exceptions == ("TOO_LARGE",)


def test_too_many_parts(monkeypatch):
    monkeypatch.setattr(mime, "MAX_PARTS", 5)

    assert scan_mail(mixed(*[b"\ntext\n"] * 6)).exceptions == ("TOO_LARGE",)


def test_too_many_delimiters(monkeypatch):
    monkeypatch.setattr(mime, "MAX_DELIMITERS", 5)

    assert scan_mail(mixed(*[b"\ntext\n"] * 6)).exceptions == ("TOO_LARGE",)


def test_larger_than_is_scanned(monkeypatch):
    monkeypatch.setattr(eml, "SCANNED_BYTES", 120)

    assert scan_mail(mixed(b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * 50)).exceptions == ()


def test_parts_are_ranges_of_the_bytes():
    data = mixed(
        b"\none\n", b"Content-Type: TEXT/html\r\n\r\ntwo\r\n", b"Content-Type: message/rfc822\n\nSubject: in\n\nthree\n"
    )

    scan = walk_mime(data)

    assert [(part.depth, part.media_type, data[part.start : part.end]) for part in scan.parts[1:]] == [
        (1, "text/plain", b"one"),
        (1, "text/html", b"two"),
        (1, "message/rfc822", b"Subject: in\n\nthree"),
        (2, "text/plain", b"three"),
    ]


def test_boundaries_that_only_look_like_it():
    data = mixed(b"\nx--b\n--bb\n--b" + b" " * 100 + b"\n--b  \n\ny\n", end=b"--b--")

    assert [data[part.start : part.end] for part in walk_mime(data).parts[1:]] == [
        b"x--b\n--bb\n--b" + b" " * 100,
        b"y",
    ]


def test_parameters_quoted_and_capped():
    data = b'Content-Type: text/plain; a="b\\"c"; d=e; ' + b"; ".join(b"p%d=1" % n for n in range(100)) + b"\n\n"

    part = walk_mime(data).parts[0]

    assert (part.parameters["a"], part.parameters["d"], len(part.parameters)) == (b'b"c', b"e", 64)


@pytest.mark.parametrize(
    "data",
    [
        b"From: a\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x" * 1_000_000,
        b"From: a\nContent-Type: multipart/mixed; boundary=x\n\n" + b"\n--x\n" * 200_000,
        b"From: a\n" + b"Subject: =?utf-8?q?" + b"=?utf-8?q?a?=" * 50_000 + b"\n\n",
        b"From: a\nContent-Type: x;" + b"; a=" * 100_000 + b"\n\n",
        b"Received: " + b";" * 500_000 + b"\n\n",
        b"From: " + b"\n " * 500_000,
        b"To: " + b'"a, b", ' * 200_000,
        b"From: a\nContent-Type: multipart/mixed; boundary=x\n\n" + b"\n--x\n" + b"a:\n" * 2_000_000,
    ],
)
def test_hostile_message_takes_no_long_time(data):
    begun = time.process_time()

    scan_mail(data)

    assert time.process_time() - begun < 3


@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b",
                b"--b",
                b"--b--",
                b"\n",
                b"\r\n",
                b" ",
                b"x",
                b"Content-Transfer-Encoding: base64",
                b"\xff",
            ]
        ),
        max_size=40,
    )
)
def test_scan_never_raises(pieces):
    data = b"".join(pieces)

    scan_mail(data)

    assert all(0 <= part.start <= part.end <= len(data) for part in walk_mime(data).parts)
