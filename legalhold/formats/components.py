"""The BEGIN/END structure of calendars and contacts (RFC 5545, RFC 6350, vCard 2.1) as ranges of the captured bytes.

A tolerant splitter: it never parses values, so nothing in them can stop it, and never writes anything anew.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from legalhold.formats import exceptions
from legalhold.formats.nesting import Component, Nesting

MAX_COMPONENTS = 200_000
_UTF8_BOM = b"\xef\xbb\xbf"
_MARK = re.compile(
    rb"^(?:[A-Za-z0-9-]{1,64}\.)?(?:(BEGIN)|END)[ \t]*:[ \t]*([A-Za-z0-9-]{1,64})[ \t]*(?:\r*\n|\r*\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_FOLD = re.compile(rb"\r{0,5}\n[ \t]")
# a content line; else its name, and whatever stands after the first colon
_PROPERTY = re.compile(
    rb"^(?:[A-Za-z0-9-]{1,64}\.)?([A-Za-z0-9-]{1,64})"
    rb"(?:((?:;[^:\"\n]*(?:\"[^\"\n]*\"[^:\"\n]*)*)?):([^\r\n]*)|[^:\r\n]*+:?([^\r\n]*))",
    re.MULTILINE,
)
# a carriage return that belongs to no newline: broken programs write \r\r\n
_LONE_CR = re.compile(rb"\r(?!\r{0,4}\n)")
_BLANKS = b" \t\r\n\x00\x1a"
_WIDE_UNIT_BYTES = 2
_WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_SNIFFED_BYTES = len("BEGIN".encode("utf-16-le"))  # behind that a slice may go on in any script


@dataclass(frozen=True, slots=True)
class ComponentFile:
    """A file's top components; `text` is what they were found in: of a UTF-16 file (`wide` is its codec) an ASCII shadow.

    What lines say is read from the bytes themselves, as UTF-8 where they are UTF-16.
    """

    data: bytes
    text: bytes
    wide: str
    lead_bytes: int
    roots: tuple[Component, ...]
    is_too_large: bool
    is_too_deep: bool

    def own_text(self, component: Component) -> bytes:
        """Give a component's own lines, unfolded, without those of the components inside it."""
        pieces: list[bytes] = []
        at = component.start
        for child in component.children:
            pieces.append(self._text(at, child.start))
            at = child.end
        pieces.append(self._text(at, component.end))
        return unfold_lines(b"".join(pieces))

    def whole_text(self, component: Component) -> bytes:
        """Give a component's lines, unfolded, with those of the components inside it."""
        return unfold_lines(self._text(component.start, component.end))

    def marks(self, name: str) -> set[str]:
        """Give the exceptions of a file that should hold components of this name."""
        marks: set[str] = set()
        if not self.data:
            marks.add(exceptions.ZERO_BYTE)
        elif not any(root.name == name for root in self.roots):
            marks.add(exceptions.PARSE_ERROR)
        if any(not one.is_closed for root in self.roots for one in (root, *root.children)):
            marks.add(exceptions.TRUNCATED)
        if self.is_too_large:
            marks.add(exceptions.TOO_LARGE)
        if self.is_too_deep:
            marks.add(exceptions.TOO_DEEP)
        return marks

    def has_stray_bytes(self, roots: Iterable[Component]) -> bool:
        """Tell whether anything but white space stands outside of some of its top components."""
        at = self.lead_bytes
        for root in roots:
            if self.data[at : root.start].strip(_BLANKS):
                return True
            at = root.end
        return bool(self.data[at:].strip(_BLANKS))

    def _text(self, start: int, end: int) -> bytes:
        if not self.wide:
            return self.text[start - self.lead_bytes : end - self.lead_bytes]
        # lone surrogates are let pass: two UIDs that differ in them stay two
        text = self.data[start:end].decode(self.wide, "surrogatepass").encode("utf-8", "surrogatepass")
        return _LONE_CR.sub(b"\n", text)


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: name in upper case, its parameters as written (with the leading `;`), its raw value.

    Of a line that begins with a name and isn't well formed, the value is a guess, and there are no parameters.
    """

    name: str
    parameters: bytes
    value: bytes
    is_well_formed: bool = True


def read_components(data: bytes) -> ComponentFile:
    """Find the components of a file's bytes. Never raises."""
    wide, lead_bytes = _encoding_of(data)
    text = _LONE_CR.sub(b"\n", _shadow(data[lead_bytes:], wide) if wide else data[lead_bytes:])
    reader = Nesting(text=text, unit_bytes=_WIDE_UNIT_BYTES if wide else 1, lead_bytes=lead_bytes)
    for mark in _MARK.finditer(text):
        if mark[1] is not None and reader.count >= MAX_COMPONENTS:
            reader.is_too_large = True
            break
        name = mark[2].decode("ascii").upper()
        reader.take(is_begin=mark[1] is not None, name=name, start=mark.start(), end=mark.end())
    reader.finish()
    roots = tuple(reader.roots)
    return ComponentFile(data, text, wide, lead_bytes, roots, reader.is_too_large, reader.is_too_deep)


def begins_with(head: bytes, name: str) -> bool:
    """Tell whether a file's first bytes begin a component of this name, in ASCII or UTF-16."""
    begin = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN[ \t]*:[ \t]*%s\b" % name.encode(), re.IGNORECASE)
    return any(begin.match(text) for text in (head, head[2:].replace(b"\0", b""), head.replace(b"\0", b"")))


def unfold_lines(text: bytes) -> bytes:
    """Join folded content lines (RFC 5545 §3.1)."""
    return _FOLD.sub(b"", text)


def properties(unfolded: bytes) -> list[Property]:
    """Give the content lines of unfolded text, in order; a line that doesn't begin with a name is left out."""
    return [
        Property(name.decode("ascii").upper(), parameters, value)
        if parameters is not None
        else Property(name.decode("ascii").upper(), b"", guess, is_well_formed=False)
        for name, parameters, value, guess in (match.groups() for match in _PROPERTY.finditer(unfolded))
    ]


def first_value(lines: Iterable[Property], name: str) -> bytes:
    """Give the value of the first well-formed line of a name, stripped; nothing where there is none."""
    return next((line.value.strip() for line in lines if line.name == name and line.is_well_formed), b"")


def _encoding_of(data: bytes) -> tuple[str, int]:
    """Give a file's codec if that is UTF-16, else nothing, and the length of its byte order mark."""
    if data[:_WIDE_UNIT_BYTES] in _WIDE_MARKS:
        return _WIDE_MARKS[data[:_WIDE_UNIT_BYTES]], _WIDE_UNIT_BYTES
    head = data[:_SNIFFED_BYTES]
    for codec, low in (("utf-16-le", 0), ("utf-16-be", 1)):
        if len(head) > _WIDE_UNIT_BYTES and not head[1 - low :: 2].strip(b"\x00") and b"\x00" not in head[low::2]:
            return codec, 0
    return "", len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0


def _shadow(wide: bytes, codec: str) -> bytes:
    """Give a byte for each unit of UTF-16: the character if it is ASCII or Latin-1, else a question mark."""
    low = codec == "utf-16-be"
    units = wide[: len(wide) - len(wide) % _WIDE_UNIT_BYTES]
    lows, highs = units[low::2], units[1 - low :: 2]
    if not highs.strip(b"\x00"):
        return lows
    return bytes(value if not high else 0x3F for value, high in zip(lows, highs, strict=True))
