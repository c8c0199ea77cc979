"""Maildirs (cur, new, Maildir++ and nested subfolders): each message an item that its changing flags don't rename.

No date is taken from the file system: a plain copy sets it to the time of copying, and every dated hold would match.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.connectors.exclusions import Exclusions
from legalhold.connectors.items import FileOpened, Finding, Folder, FolderListed, NotCaptured
from legalhold.connectors.maildir_messages import HOUSEKEEPING_RULE, read_messages
from legalhold.connectors.plain import read_file
from legalhold.connectors.reading import reason_for, stamp_of
from legalhold.connectors.tree import FoundFile, excluded, folder_not_listed, list_folder, special_file
from legalhold.formats.maildir import SUBFOLDERS, UNFINISHED, folder_of

if TYPE_CHECKING:
    import os

UNFINISHED_RULE = "maildir.tmp"
# what Dovecot and Courier keep beside the messages: indexes that are rebuilt, no one's data
_HOUSEKEEPING = (b"dovecot", b"courier", b"maildirfolder", b"maildirsize", b"subscriptions")


@dataclass(frozen=True, slots=True)
class _Place:
    """A mail folder: where its cur and new are below the source's root, and the folder path it stands for."""

    directory: Folder
    folder: Folder


def scan_maildir(*, root: bytes, exclude: Exclusions) -> Iterator[Finding]:
    """Scan a Maildir with its subfolders."""
    walker = _Walker(root, exclude)
    while walker.pending:
        yield from walker.visit(walker.pending.pop())
    yield from walker.listed()


class _Walker:
    def __init__(self, root: bytes, exclude: Exclusions) -> None:
        self.pending = [_Place((), ())]
        self._root = root
        self._exclude = exclude
        self._named: set[Folder] = {()}
        self._unlisted: set[Folder] = set()

    def visit(self, place: _Place) -> Iterator[Finding]:
        """Tell of one mail folder: its messages, the other files in it; note the folders below."""
        listing = list_folder(self._root, place.directory)
        if listing.error is not None:
            yield from self._not_listed(place, listing.error)
        below: list[_Place] = []
        boxes: list[bytes] = []
        for entry in listing.entries:
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                yield from self._not_listed(place, error)
                continue
            rule = self._exclude.rule_for(path=b"/".join((*place.directory, entry.name)))
            if not stat.S_ISDIR(mode):
                yield from self._beside(place, entry, mode, rule)
            elif rule is not None:
                self._hidden(place, entry.name)
                yield from excluded(place.folder, entry.name + b"/", rule)
            elif entry.name in SUBFOLDERS:
                boxes.append(entry.name)
            elif entry.name == UNFINISHED:
                yield from self._unfinished(place)
            else:
                below.append(self._below(place, entry.name))
        yield from self._messages(place, boxes)
        self.pending.extend(reversed(below))

    def listed(self) -> Iterator[Finding]:
        """Tell which folders were listed; a folder that stands only in others' names holds nothing but them."""
        everything = {folder[:depth] for folder in self._named for depth in range(len(folder) + 1)}
        below: dict[Folder, list[bytes]] = {folder: [] for folder in everything}
        for folder in sorted(everything - {()}):
            below[folder[:-1]].append(folder[-1])
        if () in self._unlisted:
            everything &= self._named
        for folder in sorted(everything - self._unlisted):
            yield FolderListed(folder, tuple(below[folder]))

    def _not_listed(self, place: _Place, error: OSError) -> Iterator[Finding]:
        self._unlisted.add(place.folder)
        yield from folder_not_listed(place.folder, error)

    def _folder(self, place: _Place, name: bytes) -> Folder:
        stands_for = (folder_of(name) if not place.directory else None) or (name,)
        folder = place.folder + stands_for
        while folder in self._named:  # `.Sent` and `Sent`: both stand for the same, and neither's items may be lost
            folder = (*folder[:-1], folder[-1] + b"+")
        return folder

    def _below(self, place: _Place, name: bytes) -> _Place:
        folder = self._folder(place, name)
        self._named.add(folder)
        return _Place((*place.directory, name), folder)

    def _hidden(self, place: _Place, name: bytes) -> None:
        """Note that nobody looked at what stands here: neither a mail folder of that name nor messages in it are gone."""
        self._unlisted.add(place.folder if name in SUBFOLDERS else self._below(place, name).folder)

    def _beside(self, place: _Place, entry: "os.DirEntry[bytes]", mode: int, rule: str | None) -> Iterator[Finding]:
        """Tell of what lies beside cur and new and is no folder."""
        if rule is None and entry.name.lstrip(b".").startswith(_HOUSEKEEPING):
            rule = HOUSEKEEPING_RULE
        if rule is not None:
            self._hidden(place, entry.name)
            yield from excluded(place.folder, entry.name, rule)
        elif not stat.S_ISREG(mode):
            self._hidden(place, entry.name)
            yield from special_file(place.folder, entry, mode)
        else:
            stamp = stamp_of(entry.stat(follow_symlinks=False))
            yield from read_file(FoundFile(place.folder, entry.name, entry.path, stamp))

    def _unfinished(self, place: _Place) -> Iterator[Finding]:
        """Tell of deliveries that never ended: no reader shows them, and a running one is captured next time."""
        listing = list_folder(self._root, (*place.directory, UNFINISHED))
        if listing.error is not None:
            yield from self._box_not_listed(place, UNFINISHED, listing.error)
        for entry in listing.entries:
            yield from excluded(place.folder, UNFINISHED + b"/" + entry.name, UNFINISHED_RULE)

    def _messages(self, place: _Place, boxes: list[bytes]) -> Iterator[Finding]:
        entries: list[os.DirEntry[bytes]] = []
        # new before cur: a message that a reader moves meanwhile is then seen twice, never not at all
        for box in sorted(boxes, reverse=True):
            listing = list_folder(self._root, (*place.directory, box))
            entries += listing.entries
            if listing.error is not None:
                self._unlisted.add(place.folder)
                yield from self._box_not_listed(place, box, listing.error)
        yield from read_messages(root=self._root, folder=place.folder, entries=entries, exclude=self._exclude)

    def _box_not_listed(self, place: _Place, box: bytes, error: OSError) -> Iterator[Finding]:
        yield NotCaptured(place.folder, box + b"/", reason_for(error), str(error))
        yield FileOpened(place.folder, box + b"/", "unreadable")
