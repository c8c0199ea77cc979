"""Files as they are: each an item of kind FILE dated by its modification time, unless it may hold items of other kinds."""

from collections.abc import Iterator
from dataclasses import replace

from legalhold.connectors.detection import SNIFFED_BYTES, sniff
from legalhold.connectors.files import as_item
from legalhold.connectors.items import Finding, ItemNotReadable
from legalhold.connectors.reading import open_whole
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind

_MAIL_STORES = (b".pst", b".ost", b".msg", b".olm", b".nsf", b".dbx", b".edb", b".mbx", b".mbox", b".mab", b".wab")
_ARCHIVES = (b".zip", b".7z", b".rar", b".tar", b".tgz", b".gz", b".bz2", b".xz", b".zst")


def read_file(found: FoundFile) -> Iterator[Finding]:
    """Give the file as one item, whatever is in it."""
    try:
        with open_whole(found.path, found.stamp) as stream:
            head = stream.read(SNIFFED_BYTES)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    item = as_item(found, kind=ItemKind.FILE)
    if may_hold_items(head, name=found.name):
        item = replace(item, kind=ItemKind.UNKNOWN, item_from=None, item_to=None)
    yield item
    yield found.opened("single")


def may_hold_items(head: bytes, *, name: bytes) -> bool:
    """Tell whether a file is, or may hold, mail, calendars or contacts by its first bytes or its name.

    No hold on some kinds or dates may pass such a file over: it is of unknown kind and open in its dates.
    """
    return sniff(head, name=name) != "files" or name.lower().endswith(_MAIL_STORES + _ARCHIVES)
