"""Copies what lives in half-dead packs into new ones, so that the old ones empty. Never sets an old pack's state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from legalhold.archive import ArchiveError, PackReader, PackWriter, PartEntry, PartKind, StoreFull
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.destruction.gate import destroying
from legalhold.catalog.destruction.packing import PackGivenUp, make_live, new_writer, store_pack
from legalhold.catalog.destruction.safety import HALF_LIVE_PERCENT
from legalhold.catalog.destruction.sweep import LOCK_PARTS
from legalhold.database.rows import execute, fetch, ids, is_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from legalhold.catalog.destruction.running import Running
    from legalhold.catalog.models import Pack

register("repack.before_switch", "repack.after_switch")

_LIVE_BYTES: Final = (
    "SELECT k.id, k.name FROM catalog_pack k"
    " JOIN (SELECT pack_id, SUM(length) AS live FROM catalog_part GROUP BY pack_id) p ON p.pack_id = k.id"
    " WHERE k.state = 'live' AND p.live * 100 < k.length * %s ORDER BY k.id"
)
_ROWS: Final = (
    'SELECT id, kind, part_digest, "offset", length, raw_length, dictionary FROM catalog_part'
    ' WHERE pack_id = %s ORDER BY "offset"'
)
_MOVES_SQLITE: Final = (
    "SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS old_pack,"
    " json_extract(value, '$[2]') AS new_offset, json_extract(value, '$[3]') AS new_length FROM json_each(%s)"
)
_MOVES_POSTGRESQL: Final = (
    "SELECT (value->>0)::bigint AS id, (value->>1)::bigint AS old_pack,"
    " (value->>2)::bigint AS new_offset, (value->>3)::bigint AS new_length FROM json_array_elements(%s::json)"
)


class Move(NamedTuple):
    """Where a part was, and where its copy stands in the new pack."""

    part_id: int
    old_pack: int
    offset: int
    length: int


class Living(NamedTuple):
    """A part that lives in a pack to be rewritten, and its bytes."""

    old_pack: int
    part_id: int
    entry: PartEntry
    data: bytes


def repack(*, is_full: bool, running: Running) -> None:
    """Rewrite packs of which less than ``HALF_LIVE_PERCENT`` is left; ``is_full``: all that hold anything dead.

    A pack of which a living part can't be read stays as it is and is counted; on a full disk the rest stays. Emptied packs
    are condemned all the same, which is what makes room.
    """
    try:
        _rewrite(_living(is_full, running), running)
    except StoreFull:
        running.count("packs_without_room", 1)


def _rewrite(living: Iterator[Living], running: Running) -> None:
    writer, moves = new_writer(running=running), list[Move]()
    for part in living:
        copy = writer.add(kind=part.entry.kind, digest=part.entry.digest, data=part.data)
        moves.append(Move(part.part_id, part.old_pack, copy.offset, copy.length))
        if writer.is_full:
            _switch(writer, moves, running)
            writer, moves = new_writer(running=running), []
    if moves:
        _switch(writer, moves, running)


def _living(is_full: bool, running: Running) -> Iterator[Living]:  # noqa: FBT001
    """Yield what lives in packs that are to be rewritten. Memory: one pack's parts."""
    for pack_id, name in fetch(_LIVE_BYTES, [1_000_000 if is_full else HALF_LIVE_PERCENT]):
        try:
            living = _read_pack(pack_id, name, running)
        except ArchiveError:
            running.count("packs_unreadable", 1)
            continue
        if living:
            running.count("packs_rewritten", 1)
        yield from living


def _read_pack(pack_id: int, name: str, running: Running) -> list[Living]:
    """Return all that lives in a pack, read before any of it is copied; nothing if nothing in it is dead."""
    reader = PackReader(store=running.archive.store, name=name, keys=running.archive.keys)
    rows = fetch(_ROWS, [pack_id])
    if len(rows) == len(reader.entries()):
        return []  # a small pack's own overhead is no reason to copy it again
    entries = ((part_id, PartEntry(PartKind(kind), bytes(digest), *rest)) for part_id, kind, digest, *rest in rows)
    return [Living(pack_id, part_id, entry, reader.read(entry)) for part_id, entry in entries]


def _switch(writer: PackWriter, moves: Sequence[Move], running: Running) -> None:
    pack = store_pack(writer=writer, running=running)
    hit("repack.before_switch")
    try:
        for batch in running.pace().batches(moves):
            with destroying():
                make_live(pack=pack)
                running.count("parts_moved", _move(pack, batch))
    except PackGivenUp:
        running.count("packs_given_up", 1)
    hit("repack.after_switch")


def _move(pack: Pack, moves: Sequence[Move]) -> int:
    """Move the parts that are still where they were copied from; one that another run moved or swept is left alone."""
    fetch(LOCK_PARTS, [ids(move.part_id for move in moves)])
    listed = _MOVES_POSTGRESQL if is_postgresql() else _MOVES_SQLITE
    return execute(
        'UPDATE catalog_part AS p SET pack_id = %s, "offset" = m.new_offset, length = m.new_length, dictionary = 0'
        f" FROM ({listed}) m WHERE p.id = m.id AND p.pack_id = m.old_pack",
        [pack.pk, json.dumps(moves)],
    )
