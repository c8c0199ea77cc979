"""What containers of every format have in common: their keys, their own item, the dates they cover."""

from collections import Counter
from collections.abc import Iterable

from legalhold.connectors.items import RawItem
from legalhold.connectors.reading import opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions

# in the folder of what is inside; no slice's key is equal: those begin with a prefix or are 36 bytes long
CONTAINER_KEY = b"file"
MAX_READ_BYTES = 64 << 20  # calendars and contacts are taken apart in memory; larger ones stay whole


class Occurrences:
    """Numbers equal keys in the order they come: each is unique, and adding an item elsewhere renumbers none."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def number(self, key: bytes) -> int:
        """Give 1 for the first of this key, 2 for the second, and so on."""
        self._seen[key] += 1
        return self._seen[key]

    def unique(self, key: bytes) -> bytes:
        """Give the key, or for a repeated one the key, a zero byte and its number."""
        number = self.number(key)
        return key if number == 1 else key + b"\x00%d" % number


class ContainerSpan:
    """The dates of everything inside; one open item opens the container."""

    def __init__(self) -> None:
        self._first: list[RawItem] = []
        self._last: list[RawItem] = []

    def add(self, item: RawItem) -> None:
        """Widen by an item inside."""
        if not self._first:
            self._first = self._last = [item]
            return
        first, last = self._first[0], self._last[0]
        if first.item_from and (item.item_from is None or item.item_from < first.item_from):
            self._first = [item]
        if last.item_to and (item.item_to is None or item.item_to > last.item_to):
            self._last = [item]

    def item(self, found: FoundFile, *, cuts: Iterable[int], marks: tuple[str, ...]) -> RawItem:
        """Give the container's own item: its exact bytes, cut where its items begin and end."""
        is_open = exceptions.CONTAINER_REMAINDER in marks or not self._first
        size_bytes = found.stamp.size_bytes
        return RawItem(
            folder=found.inner_folder,
            key=CONTAINER_KEY,
            name=found.name,
            kind=ItemKind.CONTAINER,
            item_from=None if is_open else self._first[0].item_from,
            item_to=None if is_open else self._last[0].item_to,
            size_bytes=size_bytes,
            open=opener(found.path, found.stamp),
            exceptions=marks,
            cuts=tuple(sorted({cut for cut in cuts if 0 < cut < size_bytes})),
        )
