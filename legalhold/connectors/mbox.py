"""Mailboxes in mbox files: each message an item, un-quoted, and the file itself a container."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

from legalhold.connectors import items
from legalhold.connectors.containers import ContainerSpan, Occurrences
from legalhold.connectors.eml import INLINE_BYTES, dates_of, maybe_several
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import Finding, FolderListed, ItemNotReadable, RawItem
from legalhold.connectors.reading import FileStamp, open_range, open_stamped
from legalhold.connectors.tree import FoundFile, Reader
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.eml import scan_mail
from legalhold.formats.mbox import (
    MboxMessage,
    MboxVariant,
    SourceShrank,
    UnquotedSlice,
    has_postamble,
    has_preamble,
    index_mbox,
    read_messages,
    with_delivery,
)


def mbox_reader(variant: MboxVariant | None = None) -> Reader:
    """Give a reader of mbox files of one variant of quoting, or of the one each file shows."""
    return partial(_read_mbox_file, variant=variant)


def message_key(message: MboxMessage, occurrence: int) -> bytes:
    """Give the item key: the SHA-256 of the message and its number among equals (4 bytes, big-endian)."""
    return message.digest + occurrence.to_bytes(4, "big")


def _read_mbox_file(found: FoundFile, *, variant: MboxVariant | None) -> Iterator[Finding]:
    try:
        with open_stamped(found.path, found.stamp) as source:
            yield from _read_source(found, source, variant)
    except SourceShrank as problem:
        yield from found.not_captured(reason=items.TRANSIENT_SERVICE_ERROR, detail=str(problem))
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
    except OSError as problem:
        yield from found.not_captured(reason=items.UNREADABLE, detail=str(problem))


def _read_source(found: FoundFile, source: BinaryIO, variant: MboxVariant | None) -> Iterator[Finding]:
    index = index_mbox(source)
    if index.size_bytes and not index.lines:
        yield as_unparsed(found)
        yield found.opened("single")
        return
    has_remainder = has_preamble(source=source, index=index)
    variant, messages = read_messages(source=source, index=index, variant=variant)
    occurrences = Occurrences()
    span = ContainerSpan()
    cuts: list[int] = []
    for message in messages:
        item = _item(found, message, variant, occurrences.number(message.digest))
        span.add(item)
        cuts += (message.start, message.end)
        has_remainder = has_remainder or not message.is_adjoining
        yield item
    has_remainder = has_remainder or has_postamble(source=source, index=index, end=max(cuts, default=0))
    with open_stamped(found.path, found.stamp):
        marks = (exceptions.CONTAINER_REMAINDER,) if has_remainder else ()
    yield span.item(found, cuts=cuts, marks=marks)
    yield FolderListed(found.inner_folder)
    yield found.opened("container")


def _item(found: FoundFile, message: MboxMessage, variant: MboxVariant, occurrence: int) -> RawItem:
    is_whole = message.data is not None
    is_inline = is_whole and message.size_bytes <= INLINE_BYTES
    scan = scan_mail(message.head if message.data is None else message.data, is_whole=is_whole)
    coverage, marks = dates_of(scan, message.head), scan.exceptions
    coverage = with_delivery(coverage, line=message.from_line)
    if message.holds_from_line:
        coverage, marks = maybe_several(marks)
    return RawItem(
        folder=found.inner_folder,
        key=message_key(message, occurrence),
        name=scan.name(),
        kind=ItemKind.MESSAGE,
        item_from=coverage.item_from,
        item_to=coverage.item_to,
        size_bytes=message.size_bytes,
        open=_opener(found.path, found.stamp, message, variant),
        exceptions=marks,
        scan=scan if is_inline and scan.is_small else None,
    )


def _opener(path: bytes, stamp: FileStamp, message: MboxMessage, variant: MboxVariant) -> Callable[[], BinaryIO]:
    if message.data is not None and message.size_bytes <= INLINE_BYTES:
        return partial(io.BytesIO, message.data)
    return partial(_open_slice, path, stamp, message.start, message.end, variant)


def _open_slice(path: bytes, stamp: FileStamp, start: int, end: int, variant: MboxVariant) -> BinaryIO:
    source = open_range(path, stamp, start, end)
    stream = UnquotedSlice(source=source, size_bytes=end - start, variant=variant, owns_source=True)
    return cast("BinaryIO", io.BufferedReader(stream))
