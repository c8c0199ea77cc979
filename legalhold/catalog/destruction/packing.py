"""New packs for what a run keeps: the row stands before the file, and turns live only while it is still ``writing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.archive import PackWriter, new_pack_name
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.leases import WRITING_LEASE
from legalhold.catalog.models import Pack
from legalhold.database.rows import execute

if TYPE_CHECKING:
    from legalhold.catalog.destruction.running import Running

register("repack.pack_row", "repack.pack_file")


class PackGivenUp(Exception):
    """A pack's lease was over before it turned live, and it was condemned: nothing may be moved into it."""


def new_writer(*, running: Running) -> PackWriter:
    """Return an empty pack of a new name."""
    archive = running.archive
    return PackWriter(name=new_pack_name(archive.random), group=archive.group, random=archive.random)


def store_pack(*, writer: PackWriter, running: Running) -> Pack:
    """Write the pack: its row, with a lease, then its file. It is read by nobody until ``make_live``."""
    data = writer.finish()
    pack = Pack.objects.create(
        name=writer.name,
        length=len(data),
        state=Pack.State.WRITING,
        key_group=running.archive.group.name,
        owner_key=running.run.key,
        lease_until=running.now + WRITING_LEASE,
        created_at=running.now,
    )
    hit("repack.pack_row")
    running.archive.store.create(name=pack.name, data=data)
    hit("repack.pack_file")
    return pack


def make_live(*, pack: Pack) -> None:
    """Turn ``pack`` live, or see that it is, and keep others from condemning it until the transaction ends.

    Raises ``PackGivenUp`` when another run has condemned it.
    """
    changed = execute(
        "UPDATE catalog_pack SET state = 'live', lease_until = NULL WHERE id = %s AND state <> 'condemned'",
        [pack.pk],
    )
    if changed != 1:
        raise PackGivenUp(f"the lease of {pack.name} was over before it was used; another run has condemned it")
