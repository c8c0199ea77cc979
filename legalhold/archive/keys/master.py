"""The master key: 32 bytes kept outside the archive as one line of text, in a file or in the environment.

docs/format/keys.md gives the line's form.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE, S_ISREG

from legalhold.archive.errors import ArchiveError
from legalhold.archive.sealing import KEY_BYTES, Random
from legalhold.archive.store.durable import create_file, make_folder

KEY_ID_BYTES = 16
PREFIX = "LHMK1"
MODE = 0o400
_MODES = {0o400, 0o600}
_LONGEST_FILE = 1000


class MasterKeyMissing(ArchiveError):
    """There is no master key where one was said to be."""


class MasterKeyUnusable(ArchiveError):
    """What should be the master key isn't one, or isn't kept as one."""


class MasterKeyExists(ArchiveError):
    """A master key is there already; making another would lose everything it opens."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that opens all others. `key_id` names it without telling it; printing never shows the secret."""

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> bytes:
        """16 bytes by which an object says which master key opens it."""
        return sha256(b"legalhold master key id\0" + self.secret).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        """Return the line to keep: prefix, secret in hex, and a CRC-32 that finds a slip in copying it by hand."""
        return f"{PREFIX}-{self.secret.hex()}-{zlib.crc32(self.secret):08x}"


def load_master_key(spec: str, *, environ: Mapping[str, str], archive_root: Path | None = None) -> MasterKey:
    """Return the master key that `file:PATH` or `env:NAME` names. Raises MasterKeyMissing, MasterKeyUnusable.

    A file must be 0400 or 0600, and not below `archive_root`: a copy of the archive must not carry its key.
    """
    scheme, _, place = spec.partition(":")
    if scheme == "env" and place:
        if place not in environ:
            raise MasterKeyMissing(f"the environment has no {place}, which should hold the master key")
        return _parse(environ[place], where=f"the environment's {place}")
    if scheme == "file" and place:
        return _parse(_read_file(Path(place), archive_root), where=place)
    raise MasterKeyUnusable(f"{spec!r} doesn't say where the master key is: use file:PATH or env:NAME")


def create_master_key(path: Path, *, random: Random) -> MasterKey:
    """Make a new master key and keep it in a file of mode 0400, durably. Raises MasterKeyExists, MasterKeyUnusable."""
    master = MasterKey(random(KEY_BYTES))
    try:
        if not path.parent.is_dir():
            make_folder(path.parent)
        create_file(path=path, data=f"{master.text()}\n".encode(), mode=MODE)
    except FileExistsError as error:
        raise MasterKeyExists(f"{path} exists already; it may be the only key to an archive") from error
    except OSError as error:
        raise MasterKeyUnusable(f"the master key can't be written to {path}: {error.strerror}") from error
    return master


def _read_file(path: Path, archive_root: Path | None) -> str:
    if archive_root is not None and path.resolve().is_relative_to(archive_root.resolve()):
        raise MasterKeyUnusable(f"{path} is inside the archive {archive_root}; keep the master key elsewhere")
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise MasterKeyUnusable(f"{path} is not a file, so it can't hold the master key")
        if S_IMODE(status.st_mode) not in _MODES:
            mode = S_IMODE(status.st_mode)
            raise MasterKeyUnusable(f"{path} has mode {mode:04o}; only its owner may read it: chmod 0400 {path}")
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE).decode("latin-1")
    except FileNotFoundError as error:
        raise MasterKeyMissing(f"there is no master key at {path}; without it the archive can't be read") from error
    except OSError as error:
        raise MasterKeyUnusable(f"the master key at {path} can't be read: {error.strerror}") from error


def _parse(text: str, *, where: str) -> MasterKey:
    match = re.fullmatch(rf"{PREFIX}-([0-9a-f]{{{2 * KEY_BYTES}}})-([0-9a-f]{{8}})", text.strip())
    if match is None:
        raise MasterKeyUnusable(f"{where} holds no master key: it should be {PREFIX}-, 64 hex digits, -, 8 hex digits")
    secret = bytes.fromhex(match[1])
    if f"{zlib.crc32(secret):08x}" != match[2]:
        raise MasterKeyUnusable(f"{where} holds a master key with a wrong digit: its checksum doesn't fit")
    return MasterKey(secret)
