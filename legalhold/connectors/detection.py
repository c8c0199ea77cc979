"""What a path holds, told from its bytes: names decide nothing but where bytes can't."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from legalhold.connectors import eml, ics, vcf
from legalhold.connectors.reading import open_file
from legalhold.formats.headers import looks_like_message
from legalhold.formats.ics import looks_like_calendar
from legalhold.formats.maildir import SUBFOLDERS
from legalhold.formats.mbox import looks_like_mbox
from legalhold.formats.vcf import looks_like_cards

SNIFFED_BYTES = 16 << 10
_SNIFFED_FILES = 2000
_SUFFIXES = {"eml": eml.EXTENSIONS, "ics": ics.EXTENSIONS, "vcf": vcf.EXTENSIONS}
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


class SourceMissing(Exception):
    """There is nothing at the path."""


class SourceNotReadable(Exception):
    """The path can't be read by this process."""


class SourceEmpty(Exception):
    """There is nothing in the file or folder, so its format can't be told."""


class FormatUnknown(Exception):
    """No such format, or one that the path can't have."""


def detect_format(*, path: Path) -> str:
    """Tell which format a file or folder has; a folder of several kinds of files, or of others, is `files`.

    Raises SourceMissing, SourceNotReadable and SourceEmpty.
    """
    status = status_of(path=path)
    raw = os.fsencode(path)
    try:
        if stat.S_ISREG(status.st_mode):
            return _of_file(raw, status.st_size)
        return "maildir" if _is_maildir(raw) else _of_folder(raw)
    except PermissionError as error:
        raise SourceNotReadable(f"{path}: {error.strerror}; run as a user who may read it") from error
    except OSError as error:
        raise SourceNotReadable(f"{path}: {error.strerror}; copy it to where it can be read") from error


def status_of(*, path: Path) -> os.stat_result:
    """Give a source's status; raises SourceMissing, SourceNotReadable, and FormatUnknown for a special file."""
    try:
        status = path.stat()
    except PermissionError as error:
        raise SourceNotReadable(f"{path}: {error.strerror}; run as a user who may read it") from error
    except (OSError, ValueError) as error:
        raise SourceMissing(f"{path}: no such file or folder; check the path") from error
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise FormatUnknown(f"{path} is neither a file nor a folder; copy what it gives into a file first")
    return status


def sniff(head: bytes, *, name: bytes) -> str:
    """Tell the format of a file by its first bytes, else by its name; `files` if it is none that is taken apart."""
    if looks_like_mbox(head):
        return "mbox"
    if looks_like_calendar(head):
        return "ics"
    if looks_like_cards(head):
        return "vcf"
    if head.startswith(_ZIP_MAGIC) and name.lower().endswith(b".zip"):
        return "zip"
    if looks_like_message(head):
        return "eml"
    suffix = os.path.splitext(name.lower())[1]  # noqa: PTH122 - names are bytes
    return next((found for found, suffixes in _SUFFIXES.items() if suffix in suffixes), "files")


def _of_file(path: bytes, size_bytes: int) -> str:
    if size_bytes == 0:
        where = os.fsdecode(path)
        raise SourceEmpty(f"{where} is empty: its format can't be told; name one with --format to capture it")
    with open_file(os.path.realpath(path)) as stream:
        return sniff(stream.read(SNIFFED_BYTES), name=os.path.basename(path))  # noqa: PTH119 - names are bytes


def _is_maildir(path: bytes) -> bool:
    """Tell whether this has both cur and new, or else every folder right below it has."""
    with os.scandir(path) as entries:
        below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return _has_boxes(path) or (bool(below) and all(_has_boxes(place) for place in below))


def _has_boxes(path: bytes) -> bool:
    return all(os.path.isdir(path + b"/" + box) for box in SUBFOLDERS)  # noqa: PTH112 - names are bytes


def _of_folder(path: bytes) -> str:
    found: set[str] = set()
    for file in _some_files(path):
        try:
            with open_file(file) as stream:
                head = stream.read(SNIFFED_BYTES)
        except OSError:
            continue  # the capture will name it
        if head:
            found.add(sniff(head, name=file))
        if len(found) > 1 and found != {"eml", "mbox"}:
            break
    if not found:
        where = os.fsdecode(path)
        raise SourceEmpty(f"{where} holds nothing readable: its format can't be told; name one with --format")
    if found == {"eml", "mbox"}:
        return "eml"  # its reader takes a file of several messages as the mbox it is
    return found.pop() if len(found) == 1 and found != {"zip"} else "files"


def _some_files(root: bytes) -> Iterator[bytes]:
    count = 0
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = folder + b"/" + name
            if _is_regular(path):
                count += 1
                yield path
            if count >= _SNIFFED_FILES:
                return


def _is_regular(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False  # the capture will name it
