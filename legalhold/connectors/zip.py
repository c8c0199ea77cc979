"""ZIP archives as file trees: members are read where they are, nothing is unpacked to disk.

A member's name is data: it is never used as a path. What a member claims of its size is checked while it is read.
"""

import errno
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from legalhold.connectors import items
from legalhold.connectors.containers import ContainerSpan, Occurrences
from legalhold.connectors.detection import SNIFFED_BYTES
from legalhold.connectors.exclusions import Exclusions
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import FileOpened, Finding, Folder, FolderListed, ItemNotReadable, NotCaptured, RawItem
from legalhold.connectors.keys import bounded_key
from legalhold.connectors.plain import may_hold_items
from legalhold.connectors.reading import FileStamp, is_unchanged, open_stamped, reason_for
from legalhold.connectors.tree import FoundFile, excluded, found_source
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.coverage import AHEAD, BEHIND

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_RATIO = 1000  # unpacked over packed; deflate reaches 1032 at its best, and no document comes near
MAX_MEMBER_BYTES = 1 << 40
RATIO_FREE_BYTES = 16 << 20  # so little is unpacked whatever its ratio
_ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800
_NO_DATE = (1980, 1, 1)
_MISLED = {None, errno.EINVAL}  # sought before the file's begin, as its directory says
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class _Member:
    folder: Folder
    name: bytes
    key: bytes
    info: zipfile.ZipInfo


def scan_zip(*, path: bytes, exclude: Exclusions) -> Iterator[Finding]:
    """Scan a ZIP archive: each member an item of kind FILE, the archive itself a container."""
    found = found_source(path)
    try:
        with open_stamped(path, found.stamp) as source, zipfile.ZipFile(source) as archive:
            members = _members(archive)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    except _BROKEN as problem:
        if isinstance(problem, OSError) and problem.errno not in _MISLED:
            yield from found.not_captured(reason=reason_for(problem), detail=str(problem))
            return
        yield as_unparsed(found)
        yield found.opened("single")
        if is_unchanged(path, found.stamp):
            yield FolderListed(())
        return
    span = ContainerSpan()
    unread: set[bytes] = set()
    for member in members:
        for finding in _member(found, member, exclude, unread):
            if isinstance(finding, RawItem):
                span.add(finding)
            elif isinstance(finding, NotCaptured):
                unread.add(member.key)
            yield finding
    # What no item carries is had from the archive alone, so that has to be shown and exported like an item.
    yield span.item(found, cuts=(), marks=(exceptions.CONTAINER_REMAINDER,) if unread else ())
    yield from _listed(members)
    yield found.opened("container")


def _members(archive: zipfile.ZipFile) -> list[_Member]:
    occurrences = Occurrences()
    named = [(_raw_name(info), info) for info in archive.infolist() if not _is_folder(info)]
    members: list[_Member] = []
    for raw, info in sorted(named, key=lambda pair: pair[0]):
        *folder, name = raw.split(b"/")
        is_safe = all(part not in {b"", b".", b".."} and b"\0" not in part for part in (*folder, name))
        key = occurrences.unique(bounded_key(b"zip:" + raw))
        members.append(_Member(tuple(folder) if is_safe else (), name if is_safe else raw, key, info))
    return members


def _is_folder(info: zipfile.ZipInfo) -> bool:
    """Tell whether a member only says that there is a folder; the module asks a name cut off at its first zero byte."""
    return info.orig_filename.endswith("/") and info.file_size == 0


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """Give a member's name as bytes, as it was in the archive (the module decodes names as UTF-8 or code page 437)."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_FLAG else "cp437", "surrogateescape")


def _member(found: FoundFile, member: _Member, exclude: Exclusions, unread: set[bytes]) -> Iterator[Finding]:
    """Tell of a member; one that turns out to be damaged when it is read is put among `unread`."""
    info = member.info
    rule = exclude.rule_for(path=b"/".join((*member.folder, member.name)))
    if rule is not None:
        yield from excluded(member.folder, member.name, rule, item_key=member.key)
    elif info.flag_bits & _ENCRYPTED_FLAG:
        yield from _refused(member, items.UNREADABLE, "it is encrypted in the archive; the archive itself is preserved")
    elif info.file_size > MAX_MEMBER_BYTES or info.file_size > RATIO_FREE_BYTES + MAX_RATIO * info.compress_size:
        claim = f"it claims to unpack to {info.file_size} bytes; the archive itself is preserved"
        yield from _refused(member, items.UNSUPPORTED_ARTIFACT, claim)
    else:
        yield _item(member, partial(_open_member, found.path, found.stamp, member, unread))
        yield FileOpened(member.folder, member.name, "single")


def _item(member: _Member, open_member: Callable[[], BinaryIO]) -> RawItem:
    is_plain = _is_plain(member, open_member)
    modified_at = _modified_at(member.info) if is_plain else None
    return RawItem(
        folder=member.folder,
        key=member.key,
        name=member.name,
        kind=ItemKind.FILE if is_plain else ItemKind.UNKNOWN,
        item_from=modified_at and modified_at - AHEAD,
        item_to=modified_at and modified_at + BEHIND,
        size_bytes=member.info.file_size,
        open=open_member,
    )


def _is_plain(member: _Member, open_member: Callable[[], BinaryIO]) -> bool:
    """Tell whether a member surely holds no items of other kinds; one that can't be read may."""
    try:
        with open_member() as stream:
            return not may_hold_items(stream.read(SNIFFED_BYTES), name=member.name)
    except ItemNotReadable:
        return False


def _refused(member: _Member, reason: str, detail: str) -> Iterator[Finding]:
    yield NotCaptured(member.folder, member.name, reason, detail, member.key)
    yield FileOpened(member.folder, member.name, "unreadable")


def _modified_at(info: zipfile.ZipInfo) -> datetime | None:
    """Give a member's time, read as UTC: archives tell a local time without its zone. None where it is no date.

    The first day that the format has is what archivers write when they know no date.
    """
    if info.date_time[:3] == _NO_DATE:
        return None
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return None


def _listed(members: list[_Member]) -> Iterator[Finding]:
    folders = {member.folder[:depth] for member in members for depth in range(len(member.folder) + 1)} | {()}
    below: dict[Folder, list[bytes]] = {folder: [] for folder in folders}
    for folder in sorted(folders - {()}):
        below[folder[:-1]].append(folder[-1])
    for folder in sorted(folders):
        yield FolderListed(folder, tuple(below[folder]))


def _open_member(path: bytes, stamp: FileStamp, member: _Member, unread: set[bytes]) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_MemberStream(path, stamp, member, unread)))


class _MemberStream(io.RawIOBase):
    """A member's bytes; never more than it claims, and its check sum (CRC-32) holds at its end."""

    def __init__(self, path: bytes, stamp: FileStamp, member: _Member, unread: set[bytes]) -> None:
        super().__init__()
        self._source = open_stamped(path, stamp)
        self._left = member.info.file_size
        self._of = member
        self._unread = unread
        try:
            self._archive = zipfile.ZipFile(self._source)
            self._member = self._archive.open(member.info)
        except _BROKEN as problem:
            self._source.close()
            raise self._damaged(problem) from problem

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        try:
            data = self._member.read(len(view))
        except _BROKEN as problem:
            raise self._damaged(problem) from problem
        self._left -= len(data)
        if not data and self._left:  # more than it claims is never given: the module stops there
            raise self._damaged("its size isn't what it claims")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _damaged(self, problem: object) -> ItemNotReadable:
        self._unread.add(self._of.key)
        name = _raw_name(self._of.info).decode("utf-8", "backslashreplace")
        return ItemNotReadable(reason=items.UNREADABLE, detail=f"{name} in the archive is damaged: {problem}")
