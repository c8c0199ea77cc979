"""Charsets by the names that mail and cards really give them, and text whose charset nobody told."""

import codecs
import re
from functools import lru_cache

_JUNK = " \t\"';"
_NAMED_OTHERWISE = {
    "8859_1": "cp1252",
    "cn-big5": "big5",
    "cn-gb": "gb18030",
    "cp20127": "ascii",
    "cp20949": "cp949",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "cp51932": "euc_jp",
    "gb_2312": "gb18030",
    "gb_2312-80": "gb18030",
    "iso-10646-ucs-2": "utf-16-be",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-ir-149": "cp949",
    "koi": "koi8_r",
    "koi8-ru": "koi8_u",
    "ks_c_5601-1989": "cp949",
    "mac": "mac_roman",
    "mac-ce": "mac_latin2",
    "mac-ukrainian": "mac_cyrillic",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "windows-31j": "cp932",
}
# the order of Hebrew and Arabic letters isn't our matter (RFC 1556)
_DIRECTION = re.compile(r"(iso-8859-\d{1,2})-[ie]\Z")
_CODE_PAGE = re.compile(r"(?:windows|win|dos|ibm|ms|(?:ms-)?cp)[-_]?(\d{3,4})\Z")
# what is sent under these names is the larger set: browsers and mail programs read it so (WHATWG Encoding Standard)
_READ_AS = {
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
    "iso8859-1": "cp1252",
}


def decode_bytes(raw: bytes, *, charset: str) -> str:
    """Decode by a named charset; by a guess where it isn't known, or can't hold what is there."""
    codec = _codec_of(charset)
    if codec is None or codec == "ascii":
        return decode_plain(raw)
    try:
        return raw.decode(codec, "replace")
    except ValueError:  # some codecs (punycode) know no replacing
        return decode_plain(raw)


def decode_plain(raw: bytes) -> str:
    """Decode text whose charset nobody told: UTF-8 if it can be, Windows-1252 otherwise."""
    if raw.isascii():
        return raw.decode("ascii")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def is_known_charset(name: str) -> bool:
    """Tell whether a charset's name is one that text can be decoded by."""
    return _codec_of(name) is not None


@lru_cache(maxsize=1024)
def _codec_of(name: str) -> str | None:
    name = name.strip(_JUNK).lower()
    plain = name.removeprefix("x-")
    page = _CODE_PAGE.match(plain)
    candidates = [_NAMED_OTHERWISE.get(plain), name, plain, _DIRECTION.sub(r"\1", plain)]
    candidates += [f"cp{page[1]}"] if page else []
    return next((codec for candidate in candidates if candidate and (codec := _found(candidate))), None)


def _found(name: str) -> str | None:
    try:
        is_text = isinstance(b"a".decode(name, "replace"), str)  # no name is looked up for nothing
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _READ_AS.get(codec, codec) if is_text else None
