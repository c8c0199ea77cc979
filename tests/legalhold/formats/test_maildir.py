import pytest

from legalhold.formats.maildir import MaildirName, folder_of, parse_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"1.M1P1.host:2,RS", MaildirName(b"1.M1P1.host", b":2,RS")),
        (b"1.M1P1.host:2,", MaildirName(b"1.M1P1.host", b":2,")),
        (b"1.M1P1.host;2,S", MaildirName(b"1.M1P1.host", b";2,S")),
        (b"1.M1P1.host!2,S", MaildirName(b"1.M1P1.host", b"!2,S")),
        (b"1.M1P1.host", MaildirName(b"1.M1P1.host", b"")),
    ],
)
def test_name(name, expected):
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [(b".Sent", (b"Sent",)), (b".Lists.samba", (b"Lists", b"samba")), (b".", None), (b"..x", None), (b"cur", None)],
)
def test_folder(name, expected):
    assert folder_of(name) == expected
