"""Faults planted on purpose: each breaks one rule of the order of writing, and a check must notice the kill after it.

``planted.txt`` says into which task each is planted and at which failpoint the kill comes.
"""

from __future__ import annotations

from types import SimpleNamespace

from exports.models import Export
from exports.services import creating
from legalhold.archive import failpoints
from legalhold.catalog.capture import packing, storing
from legalhold.catalog.destruction import destroy, repack, unlink
from legalhold.holds.services import placing
from legalhold.ingest.services import ingesting


def ingest_acknowledged_before_flush() -> None:
    ingesting.acknowledge = lambda archive, done: None


def hold_acknowledged_before_flush() -> None:
    placing.journal = SimpleNamespace(acknowledge=lambda archive, done: None)


def unlinked_before_tombstones_are_durable() -> None:
    unlink.flush = lambda archive: 0


def old_pack_unlinked_before_switch() -> None:
    switch = repack._switch

    def switch_late(writer, moves, running):
        from legalhold.database.rows import any_id, fetch, ids

        for (name,) in fetch(
            f"SELECT name FROM catalog_pack WHERE {any_id('id')}", [ids({one.old_pack for one in moves})]
        ):
            running.archive.store.delete(name=name)
        switch(writer, moves, running)

    repack._switch = switch_late


def pack_file_before_its_row() -> None:
    def close(self) -> None:
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        data = writer.finish()
        self._archive.store.create(name=writer.name, data=data)
        failpoints.hit("capture.pack_row")
        pack = self._reserve(writer.name, len(data))
        self.packs.append(pack)
        self.stored.update({(int(one.kind), one.digest): packing.StoredPart(pack, one) for one in writer.entries})

    packing.PackFiller.close = close


def commit_before_the_pack_file() -> None:
    waiting = []

    class Late:
        def __init__(self, archive) -> None:
            self.archive = archive

        def __getattr__(self, name):
            return self.keep if name == "store" else getattr(self.archive, name)

        @property
        def keep(self):
            return SimpleNamespace(create=lambda **file: waiting.append((self.archive, file)))

    close, hit = packing.PackFiller.close, storing.hit

    def close_late(self) -> None:
        archive, self._archive = self._archive, Late(self._archive)
        close(self)
        self._archive = archive

    def hit_then_write(name: str) -> None:
        hit(name)
        while name == "capture.after_commit" and waiting:
            archive, file = waiting.pop()
            archive.store.create(**file)

    packing.PackFiller.close, storing.hit = close_late, hit_then_write


def deleted_without_tombstones() -> None:
    destroy._leave_tombstones = lambda gone, epoch, running: None


def export_ready_before_it_is_filled() -> None:
    fill = creating.fill

    def fill_late(*, export, archive) -> None:
        Export.objects.filter(pk=export.pk).update(state=Export.State.READY)
        failpoints.hit("export.planted")
        fill(export=export, archive=archive)

    failpoints.register("export.planted")
    creating.fill = fill_late


FAULTS = {
    fault.__name__: fault
    for fault in (
        ingest_acknowledged_before_flush,
        hold_acknowledged_before_flush,
        unlinked_before_tombstones_are_durable,
        old_pack_unlinked_before_switch,
        pack_file_before_its_row,
        commit_before_the_pack_file,
        deleted_without_tombstones,
        export_ready_before_it_is_filled,
    )
}
