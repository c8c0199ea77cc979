import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats.charsets import decode_bytes, decode_plain, is_known_charset


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("utf-8", "utf-8", "ü"),
        ("utf-8;", "utf-8", "ü"),
        ('"UTF-8"', "utf-8", "ü"),
        ("utf8mb4", "utf-8", "ü"),
        ("iso-8859-8-i", "iso-8859-8", "שלום"),
        ("ISO-8859-8-E", "iso-8859-8", "שלום"),
        ("iso-8859-6-i", "iso-8859-6", "سلام"),
        ("windows-874", "cp874", "สวัสดี"),
        ("x-sjis", "cp932", "日本①"),
        ("shift_jis", "cp932", "日本①"),
        ("windows-31j", "cp932", "日本①"),
        ("x-gbk", "gb18030", "中文镕"),
        ("gb2312", "gb18030", "中文镕"),
        ("ms936", "gb18030", "中文镕"),
        ("windows-949", "cp949", "한국똠"),
        ("x-windows-949", "cp949", "한국똠"),
        ("ks_c_5601-1987", "cp949", "한국똠"),
        ("cp-1252", "cp1252", "€ü"),
        ("iso-8859-1", "cp1252", "€ü"),
        ("x-cp1250", "cp1250", "ůž"),
        ("win-1251", "cp1251", "Привет"),
        ("dos-862", "cp862", "שלום"),
        ("x-mac-cyrillic", "mac-cyrillic", "Привет"),
        ("x-mac-roman", "mac-roman", "ü"),
        ("x-euc-jp", "euc-jp", "日本"),
        ("us-ascii", "utf-8", "ü"),
    ],
)
def test_charset_by_the_names_that_are_sent(charset, codec, text):
    assert is_known_charset(charset)
    assert decode_bytes(text.encode(codec), charset=charset) == text


@pytest.mark.parametrize(
    "charset", ["unknown-8bit", "x-user-defined", "ansi_x3.110-1983", "zlib", "idna\0", "", "cp99999", "no-such"]
)
def test_charset_that_nobody_knows_is_guessed(charset):
    assert not is_known_charset(charset)
    assert decode_bytes(b"\xfc", charset=charset) == "ü"


def test_text_that_its_codec_refuses_is_guessed():
    assert decode_bytes(b"\xff-\xff", charset="punycode") == "ÿ-ÿ"
    assert decode_plain(b"\x81") == "\ufffd"


@given(st.text(max_size=70), st.binary(max_size=20))
def test_no_charset_raises(charset, raw):
    assert isinstance(decode_bytes(raw, charset=charset), str)
