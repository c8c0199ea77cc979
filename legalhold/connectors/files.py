"""A whole file as one item."""

from legalhold.connectors.items import RawItem
from legalhold.connectors.reading import opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.coverage import Span


def as_item(found: FoundFile, *, kind: ItemKind, marks: tuple[str, ...] = ()) -> RawItem:
    """Give a whole file as one item, dated by its modification time alone."""
    span = Span()
    if found.modified_at is not None:
        span.add(found.modified_at)
    coverage = span.coverage()
    if not found.stamp.size_bytes:
        marks = (exceptions.ZERO_BYTE,)
    return RawItem(
        folder=found.folder,
        key=found.key,
        name=found.name,
        kind=kind,
        item_from=coverage.item_from,
        item_to=coverage.item_to,
        size_bytes=found.stamp.size_bytes,
        open=opener(found.path, found.stamp),
        exceptions=marks,
    )


def as_unparsed(found: FoundFile, *, kind: ItemKind = ItemKind.UNKNOWN, mark: str = exceptions.PARSE_ERROR) -> RawItem:
    """Give a file that isn't what its source is made of: whole, marked, open in its dates, matched by every pin."""
    return RawItem(
        folder=found.folder,
        key=found.key,
        name=found.name,
        kind=kind,
        item_from=None,
        item_to=None,
        size_bytes=found.stamp.size_bytes,
        open=opener(found.path, found.stamp),
        exceptions=(exceptions.ZERO_BYTE if not found.stamp.size_bytes else mark,),
    )
