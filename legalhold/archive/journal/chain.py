"""The chain of journal objects `journal/000000000001`…: each names the digest of the one before it."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from legalhold.archive.errors import ArchiveError
from legalhold.archive.failpoints import hit
from legalhold.archive.journal.layout import (
    EMPTY_HEAD,
    JournalEntry,
    JournalHead,
    JournalObject,
    JournalObjectUnusable,
    decode_object,
    encode_object,
)
from legalhold.archive.keys.group import GroupKey
from legalhold.archive.sealing import Random
from legalhold.archive.store import ObjectExists, ObjectMissing, Store

PREFIX = "journal/"


class JournalBroken(ArchiveError):
    """A journal object is missing or damaged, or doesn't follow the one before it."""


class JournalMoved(ArchiveError):
    """Somebody else has appended after the head given: the journal is ahead of whoever asked."""


class JournalChain:
    """Reads and appends journal objects. Of several writers exactly one appends; the others get JournalMoved."""

    def __init__(self, *, store: Store, key: GroupKey) -> None:
        self._store = store
        self._key = key

    def head(self) -> JournalHead:
        """Return the newest object's head, EMPTY_HEAD if there is none. Raises JournalBroken when one is missing.

        Lists every object's name and reads the newest one.
        """
        count = 0
        for count, name in enumerate(self._store.names(prefix=PREFIX), start=1):
            if name != object_name(count):
                raise JournalBroken(f"{object_name(count)} is missing; there is {name}. Restore it from a replica")
        return self.read(count)[0] if count else EMPTY_HEAD

    def append(self, *, previous: JournalHead, entries: Sequence[JournalEntry], random: Random) -> JournalHead:
        """Store entries as the object after `previous`; durable on return. Raises JournalMoved, WriterStopped."""
        data = encode_object(previous=previous, entries=entries, group=self._key, random=random)
        name = object_name(previous.sequence + 1)
        hit("journal.before_create")
        try:
            self._store.create(name=name, data=data)
        except ObjectExists as error:
            raise JournalMoved(f"{name} exists already: the journal is ahead of number {previous.sequence}") from error
        hit("journal.after_create")
        return JournalHead(previous.sequence + 1, sha256(data).digest())

    def read(self, sequence: int) -> tuple[JournalHead, tuple[JournalEntry, ...]]:
        """Return an object's head and entries. Raises JournalBroken, ObjectMissing where there is none."""
        head, read = self._read(sequence)
        return head, read.entries

    def verify(self, *, after: JournalHead = EMPTY_HEAD) -> Iterator[tuple[JournalHead, tuple[JournalEntry, ...]]]:
        """Yield every object after `after` in order, each checked to follow the one before it. Raises JournalBroken.

        The end of the chain can't be checked from within: whoever cut it off left a shorter chain that is whole.
        Compare the last head with one kept elsewhere.
        """
        previous = after
        count = sum(1 for _ in self._store.names(prefix=PREFIX))
        while previous.sequence < count:
            name = object_name(previous.sequence + 1)
            try:
                head, read = self._read(previous.sequence + 1)
            except ObjectMissing as error:
                raise JournalBroken(f"{name} is missing, though later ones exist") from error
            if read.previous_digest != previous.digest:
                raise JournalBroken(f"{name} at byte 16: number {previous.sequence} has another digest")
            yield head, read.entries
            previous = head

    def _read(self, sequence: int) -> tuple[JournalHead, JournalObject]:
        name = object_name(sequence)
        data = self._store.read(name=name)
        try:
            read = decode_object(data, group=self._key)
        except JournalObjectUnusable as error:
            raise JournalBroken(f"{name} at byte {error.offset}: {error}") from error
        if read.sequence != sequence:
            raise JournalBroken(f"{name} at byte 8: it is number {read.sequence}, stored under another's name")
        return JournalHead(sequence, sha256(data).digest()), read


def object_name(sequence: int) -> str:
    """Return the name of the journal object of a number, from 1 on."""
    return f"{PREFIX}{sequence:012d}"
