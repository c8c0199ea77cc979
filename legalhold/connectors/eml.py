"""Messages, one per file."""

import io
from collections.abc import Iterator
from functools import partial

from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import Finding, ItemNotReadable, RawItem
from legalhold.connectors.reading import open_stamped, opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.eml import SCANNED_BYTES, scan_mail
from legalhold.formats.headers import looks_like_message

# what an item may carry along in memory: a consumer may gather a thousand items before it opens the first
INLINE_BYTES = 64 << 10
EXTENSIONS = (b".eml", b".emlx")


def read_message_file(found: FoundFile) -> Iterator[Finding]:
    """Give a file as a message; one that is none by its name and by its bytes is kept as what it is, marked."""
    try:
        with open_stamped(found.path, found.stamp) as stream:
            data = stream.read(SCANNED_BYTES)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    if found.name.lower().endswith(EXTENSIONS) or looks_like_message(data):
        yield message_item(found, data)
    else:
        yield as_unparsed(found)
    yield found.opened("single")


def maybe_several(marks: tuple[str, ...]) -> tuple[Coverage, tuple[str, ...]]:
    """Give coverage and marks of a message that may hold others: their dates are unknown, so it is open."""
    return OPEN, tuple(sorted({*marks, exceptions.FROM_LINE_INSIDE}))


def message_item(found: FoundFile, data: bytes) -> RawItem:
    """Give a message file as an item, `data` being its first SCANNED_BYTES."""
    size_bytes = found.stamp.size_bytes
    scan = scan_mail(data, is_whole=len(data) == size_bytes)
    is_inline = len(data) == size_bytes <= INLINE_BYTES
    return RawItem(
        folder=found.folder,
        key=found.key,
        name=found.name,
        kind=ItemKind.MESSAGE,
        item_from=scan.coverage.item_from,
        item_to=scan.coverage.item_to,
        size_bytes=size_bytes,
        open=partial(io.BytesIO, data) if is_inline else opener(found.path, found.stamp),
        exceptions=scan.exceptions,
        scan=scan if is_inline and scan.is_small else None,
    )
