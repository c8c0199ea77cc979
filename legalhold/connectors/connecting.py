"""From a path and a format's name to what reads it."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from legalhold.connectors.detection import FormatUnknown, detect_format, status_of
from legalhold.connectors.exclusions import Exclusions
from legalhold.connectors.ics import read_calendar_file
from legalhold.connectors.items import Connector, Finding, Origin
from legalhold.connectors.mail_files import read_message_file
from legalhold.connectors.maildir import scan_maildir
from legalhold.connectors.mbox import mbox_reader
from legalhold.connectors.plain import read_file
from legalhold.connectors.reading import open_file
from legalhold.connectors.tree import Reader, scan_file, scan_tree
from legalhold.connectors.vcf import read_card_file
from legalhold.connectors.zip import scan_zip
from legalhold.formats.mbox import MboxVariant

_READERS: dict[str, Reader] = {
    "eml": read_message_file,
    "files": read_file,
    "ics": read_calendar_file,
    "mbox": mbox_reader(),
    "mboxcl2": mbox_reader(MboxVariant.MBOXCL2),
    "mboxo": mbox_reader(MboxVariant.MBOXO),
    "mboxrd": mbox_reader(MboxVariant.MBOXRD),
    "vcf": read_card_file,
}
FORMATS = (*sorted([*_READERS, "maildir", "zip"]),)


@dataclass(frozen=True, slots=True)
class _PathConnector:
    path: bytes
    format: str
    is_file: bool
    run: Callable[[], Iterator[Finding]]

    @property
    def origin(self) -> Origin:
        return Origin(self.path, self.format, f"legalhold {self.format} connector", self._digest())

    def scan(self) -> Iterator[Finding]:
        return self.run()

    def _digest(self) -> bytes | None:
        if not self.is_file:
            return None
        with open_file(self.path) as stream:
            return hashlib.file_digest(stream, "sha256").digest()


def connect(*, path: Path, format: str, exclude: Exclusions) -> Connector:  # noqa: A002 - the word for it
    """Give what reads a path; `auto` tells the format from its bytes. No symbolic link below it is followed.

    Raises SourceMissing, SourceNotReadable, SourceEmpty and FormatUnknown.
    """
    is_file = stat.S_ISREG(status_of(path=path).st_mode)
    chosen = detect_format(path=path) if format == "auto" else format
    if chosen not in FORMATS:
        raise FormatUnknown(f"{chosen} is no format; choose auto or one of {', '.join(FORMATS)}")
    if (chosen == "maildir" and is_file) or (chosen == "zip" and not is_file):
        raise FormatUnknown(f"{path} is {'a file' if is_file else 'a folder'} and can't be read as {chosen}")
    raw = os.path.realpath(os.fsencode(path))
    return _PathConnector(raw, chosen, is_file, _runner(raw, chosen, exclude, is_file=is_file))


def _runner(path: bytes, chosen: str, exclude: Exclusions, *, is_file: bool) -> Callable[[], Iterator[Finding]]:
    if chosen == "maildir":
        return lambda: scan_maildir(root=path, exclude=exclude)
    if chosen == "zip":
        return lambda: scan_zip(path=path, exclude=exclude)
    read = _READERS[chosen]
    if is_file:
        return lambda: scan_file(path=path, read=read)
    return lambda: scan_tree(root=path, exclude=exclude, read=read)
