"""Writes packs for one commit: a row before each file, a lease on the row, a file before any part is spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from legalhold.archive import PackWriter, new_pack_name
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.leases import WRITING_LEASE
from legalhold.database import rows
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from legalhold.archive import Archive, NewPart, PartEntry

register("capture.pack_row", "capture.pack_file")

PartKey = tuple[int, bytes]
"""A part's kind and digest."""


class StoredPart(NamedTuple):
    """A part that is in a written pack: the pack's id and where in it."""

    pack_id: int
    entry: PartEntry


class PackFiller:
    """Collects parts into packs; ``stored`` and ``packs`` tell what is in written files, ``given`` what was given at all.

    Memory: one pack.
    """

    def __init__(self, *, archive: Archive, owner: UUID, now: Callable[[], datetime]) -> None:
        self.stored: dict[PartKey, StoredPart] = {}
        self.packs: list[int] = []
        self.given: set[PartKey] = set()
        self._archive = archive
        self._owner = owner
        self._now = now
        self._writer: PackWriter | None = None

    def store(self, parts: Sequence[NewPart]) -> None:
        """Add parts, writing each pack as it fills."""
        self.given.update((int(part.kind), part.digest) for part in parts)
        while parts:
            if self._writer is None:
                name = new_pack_name(self._archive.random)
                self._writer = PackWriter(name=name, group=self._archive.group, random=self._archive.random)
            parts = parts[len(self._writer.add_all(parts)) :]
            if self._writer.is_full:
                self.close()

    def close(self) -> None:
        """Write what is left; then every part given is in ``stored``."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        data = writer.finish()
        pack_id = self._reserve(writer.name, len(data))
        hit("capture.pack_row")
        self._archive.store.create(name=writer.name, data=data)
        hit("capture.pack_file")
        self.packs.append(pack_id)
        self.stored.update({(int(entry.kind), entry.digest): StoredPart(pack_id, entry) for entry in writer.entries})

    def forget(self) -> None:
        """Give up the packs written so far: their leases were over and somebody may be destroying them."""
        self.stored, self.packs, self.given = {}, [], set()

    def _reserve(self, name: str, length: int) -> int:
        """Commit the row of a pack before its file, and renew the leases of the others that wait for their commit."""
        at = self._now()
        lease = to_micros(at + WRITING_LEASE)
        with transaction.atomic():
            if self.packs:
                renewed = f"UPDATE catalog_pack SET lease_until = %s WHERE {rows.any_id('id')} AND state = 'writing'"
                rows.execute(renewed, [lease, rows.ids(self.packs)])
            [[pack_id]] = rows.fetch(
                "INSERT INTO catalog_pack (name, length, state, key_group, owner_key, lease_until, created_at)"
                " VALUES (%s, %s, 'writing', %s, %s, %s, %s) RETURNING id",
                [name, length, self._archive.group.name, _uuid(self._owner), lease, to_micros(at)],
            )
        return int(pack_id)


def _uuid(value: UUID) -> str:
    """Return a UUID as the databases hold it: SQLite as 32 digits of text."""
    return str(value) if rows.is_postgresql() else value.hex
