"""Files of mail in a folder of messages: one message each, unless a file's bytes say that it is an mbox."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from legalhold.connectors.eml import EXTENSIONS, maybe_several, message_item
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import Finding, ItemNotReadable, RawItem
from legalhold.connectors.mbox import mbox_reader
from legalhold.connectors.reading import open_stamped, reason_for
from legalhold.connectors.tree import FoundFile
from legalhold.formats.eml import SCANNED_BYTES
from legalhold.formats.headers import looks_like_message
from legalhold.formats.mbox import MboxIndex, has_preamble, index_mbox

_read_mbox = mbox_reader()


def read_message_file(found: FoundFile) -> Iterator[Finding]:
    """Give a file as a message, or as an mbox if it begins as one and holds several messages.

    What is no message by its name and by its bytes is kept as what it is, marked; so is a message that a line lies in
    which may begin another.
    """
    try:
        with open_stamped(found.path, found.stamp) as stream:
            data = stream.read(SCANNED_BYTES)
            index = _index(stream, data)
            is_mbox = len(index.lines) > 1 and not has_preamble(source=stream, index=index)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    except OSError as problem:
        yield from found.not_captured(reason=reason_for(problem), detail=str(problem))
        return
    if is_mbox:
        yield from _read_mbox(found)
    else:
        yield _single(found, data, index)
        yield found.opened("single")


def _index(stream: BinaryIO, data: bytes) -> MboxIndex:
    if len(data) == SCANNED_BYTES:
        return index_mbox(stream)
    return index_mbox(io.BytesIO(data)) if b"From " in data else MboxIndex()


def _single(found: FoundFile, data: bytes, index: MboxIndex) -> RawItem:
    if not found.name.lower().endswith(EXTENSIONS) and not looks_like_message(data):
        return as_unparsed(found)
    item = message_item(found, data)
    if all(line <= index.begin for line in (*index.lines, *index.doubts)):
        return item
    coverage, marks = maybe_several(item.exceptions)
    return replace(item, item_from=coverage.item_from, item_to=coverage.item_to, exceptions=marks)
