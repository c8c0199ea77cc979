"""Messages that are a file each, as items."""

import io
from functools import partial

from legalhold.connectors.items import RawItem
from legalhold.connectors.reading import opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.eml import MailScan, scan_mail
from legalhold.formats.mbox import opening_line, with_delivery

# what an item may carry along in memory: a consumer may gather a thousand items before it opens the first
INLINE_BYTES = 64 << 10
EXTENSIONS = (b".eml", b".emlx")


def dates_of(scan: MailScan, data: bytes) -> Coverage:
    """Give the dates of a message: those of its header, and of a From_ line if it begins with one."""
    line = opening_line(data)
    return with_delivery(scan.coverage, line=line) if line else scan.coverage


def maybe_several(marks: tuple[str, ...]) -> tuple[Coverage, tuple[str, ...]]:
    """Give coverage and marks of a message that may hold others: their dates are unknown, so it is open."""
    return OPEN, tuple(sorted({*marks, exceptions.FROM_LINE_INSIDE}))


def message_item(found: FoundFile, data: bytes) -> RawItem:
    """Give a message file as an item, `data` being its first `SCANNED_BYTES` (legalhold.formats.eml)."""
    size_bytes = found.stamp.size_bytes
    scan = scan_mail(data, is_whole=len(data) == size_bytes)
    coverage = dates_of(scan, data)
    is_inline = len(data) == size_bytes <= INLINE_BYTES
    return RawItem(
        folder=found.folder,
        key=found.key,
        name=found.name,
        kind=ItemKind.MESSAGE,
        item_from=coverage.item_from,
        item_to=coverage.item_to,
        size_bytes=size_bytes,
        open=partial(io.BytesIO, data) if is_inline else opener(found.path, found.stamp),
        exceptions=scan.exceptions,
        scan=scan if is_inline and scan.is_small else None,
    )
