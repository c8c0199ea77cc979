"""The messages of one Maildir folder, while its readers rename and move them."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from legalhold.connectors import items
from legalhold.connectors.containers import Occurrences
from legalhold.connectors.eml import INLINE_BYTES, message_item
from legalhold.connectors.exclusions import Exclusions
from legalhold.connectors.items import Finding, Folder, ItemNotReadable, RawItem
from legalhold.connectors.keys import bounded_key
from legalhold.connectors.reading import FileStamp, open_whole, reason_for, stamp_of
from legalhold.connectors.tree import FoundFile, excluded, special_file
from legalhold.formats.eml import SCANNED_BYTES
from legalhold.formats.maildir import SUBFOLDERS, parse_name

HOUSEKEEPING_RULE = "maildir.housekeeping"


def read_messages(
    *, root: bytes, folder: Folder, entries: list["os.DirEntry[bytes]"], exclude: Exclusions
) -> Iterator[Finding]:
    """Tell of each message once, ordered by key; of two files with one key the second's is numbered.

    Exclusions are over the entries' paths below `root`, box and all.
    """
    occurrences = Occurrences()
    keyed = sorted((parse_name(entry.name).key, entry.path, entry) for entry in entries)
    keys = [key for key, _, _ in keyed]
    for position, (key, _, entry) in enumerate(keyed):
        is_repeated = keys[position - 1 : position] == [key] or keys[position + 1 : position + 2] == [key]
        if is_repeated and not os.path.lexists(entry.path):
            continue  # moved or renamed meanwhile: its other name is in the list
        rule = exclude.rule_for(path=entry.path.removeprefix(root + b"/"))
        yield from _read_entry(folder, occurrences.unique(bounded_key(key)), entry, rule)


def _read_entry(folder: Folder, key: bytes, entry: "os.DirEntry[bytes]", rule: str | None) -> Iterator[Finding]:
    if rule is None and entry.name.startswith(b"."):
        rule = HOUSEKEEPING_RULE  # maildir(5): a name that begins with a dot is no message
    if rule is not None:
        yield from excluded(folder, entry.name, rule, item_key=key)
        return
    name = parse_name(entry.name)
    path = _current_path(entry.path)
    try:
        status = os.lstat(path)
    except OSError as error:
        lost = FoundFile(folder, name.key, path, FileStamp(0, 0, 0, 0), item_key=key)
        yield from lost.not_captured(reason=reason_for(error), detail=str(error))
        return
    if not stat.S_ISREG(status.st_mode):
        yield from special_file(folder, entry, status.st_mode, item_key=key)
        return
    found = FoundFile(folder, name.key, path, stamp_of(status), item_key=key)
    yield from _read_message(found, _flags(path))


def _read_message(found: FoundFile, flags: bytes) -> Iterator[Finding]:
    try:
        with open_moving(found.path, found.stamp) as stream:
            data = stream.read(min(SCANNED_BYTES, found.stamp.size_bytes + 1))
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    yield _message(found, data, flags)
    yield found.opened("single")


def _message(found: FoundFile, data: bytes, flags: bytes) -> RawItem:
    item = replace(_delivered(message_item(found, data)), flags=flags)
    if found.stamp.size_bytes <= INLINE_BYTES:
        return item
    return replace(item, open=partial(open_moving, found.path, found.stamp))


def _delivered(item: RawItem) -> RawItem:
    """Widen a message's dates to the delivery that its name tells of; what is open stays so."""
    at = parse_name(item.name).delivered_at
    if at is None:
        return item
    return replace(
        item, item_from=item.item_from and min(item.item_from, at), item_to=item.item_to and max(item.item_to, at)
    )


def _flags(path: bytes) -> bytes:
    """Give where a message's file was and what its name told beside the key: `new`, `cur:2,RS`."""
    directory, _, name = path.rpartition(b"/")
    return os.path.basename(directory) + parse_name(name).info  # noqa: PTH119 - names are bytes


def open_moving(path: bytes, stamp: FileStamp) -> BinaryIO:
    """Open a message whose file may be renamed or moved from new to cur at any time; raises ItemNotReadable."""
    try:
        return open_whole(path, stamp)
    except ItemNotReadable as problem:
        moved = _current_path(path)
        if problem.reason != items.VANISHED or moved == path:
            raise
        return open_whole(moved, stamp)


def _current_path(path: bytes) -> bytes:
    """Give where a message's file is now, by its key; the path itself if it is still there or nowhere."""
    if os.path.lexists(path):
        return path
    box, _, name = path.rpartition(b"/")
    key = parse_name(name).key
    for subfolder in SUBFOLDERS:
        directory = box.rpartition(b"/")[0] + b"/" + subfolder
        try:
            names = sorted(os.listdir(directory))  # noqa: PTH208 - names are bytes
        except OSError:
            continue
        for candidate in names:
            if parse_name(candidate).key == key:
                return directory + b"/" + candidate
    return path
