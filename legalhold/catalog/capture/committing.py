"""The one commit that makes contents, parts and packs part of the catalog, against sweeps and other captures.

What is deduplicated against is updated unconditionally and must come back: a look-up, a share lock or an update that
skips live rows would each lose data to a sweep that is between its look and its delete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db import connection

from legalhold.archive import PartKind
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from legalhold.archive import ContentSummary
    from legalhold.catalog.capture.packing import PartKey, StoredPart

CAPTURE_LOCK = 0x4C48_4341_5054_5501
"""PostgreSQL's advisory lock for commits of captures ("LHCAPTU"): one after another, they insert without deadlocks."""

ROWS_PER_INSERT = 500


class PartsGone(Exception):
    """Parts that were looked up have been swept since: they must be stored again."""


class PacksGivenUp(Exception):
    """A pack's lease was over and it is being destroyed: its parts must be stored again."""


class ContentRow(NamedTuple):
    """A content to keep: what it is made of, and the kind of its parts."""

    summary: ContentSummary
    kind: PartKind

    def part_keys(self) -> Iterator[PartKey]:
        """Yield its parts, the recipe last where there is one."""
        for digest in self.summary.parts:
            yield int(self.kind), digest
        if self.summary.needs_recipe:
            yield int(PartKind.RECIPE), self.summary.digest


class KeptContents(NamedTuple):
    """Every content's id by digest, and which of them are new."""

    ids: dict[bytes, int]
    new: frozenset[bytes]


class Stored(Protocol):
    """What has been written into packs for a commit: which parts, and the packs that become live with it."""

    @property
    def stored(self) -> Mapping[PartKey, StoredPart]: ...  # noqa: D102 the class says it

    @property
    def packs(self) -> Sequence[int]: ...  # noqa: D102 the class says it


def lock_commits() -> None:
    """Take this commit's turn; the first statement of its transaction. SQLite's writers queue already."""
    if rows.is_postgresql():
        rows.fetch("SELECT pg_advisory_xact_lock(%s)", [CAPTURE_LOCK])


def keep_contents(*, contents: Iterable[ContentRow], filler: Stored) -> KeptContents:
    """Insert contents with their parts, or bring back those that are there; joins the caller's transaction.

    Raises PartsGone and PacksGivenUp: the caller rolls back, stores what is missing, and tries again.
    """
    wanted = {content.summary.digest: content for content in contents}
    present = _revive_contents(sorted(wanted))
    missing = [wanted[digest] for digest in sorted(wanted) if digest not in present]
    needed = {key for content in missing for key in content.part_keys()}
    parts = _revive_parts(list(present.values()), needed)
    new_parts = needed - parts.keys()
    if new_parts - filler.stored.keys():
        raise PartsGone(f"{len(new_parts - filler.stored.keys())} parts were swept since they were looked up")
    _make_live(filler.packs)
    new_ids = _insert_contents(missing)
    parts |= _insert_parts({key: filler.stored[key] for key in new_parts})
    _insert_content_parts(missing, new_ids, parts)
    return KeptContents(present | new_ids, frozenset(new_ids))


def _revive_contents(digests: Sequence[bytes]) -> dict[bytes, int]:
    """Lock the contents that are there in the order of their ids, then clear their marks; give what came back."""
    found = [row[0] for row in by_digest("SELECT id FROM catalog_content WHERE content_digest", digests)]
    _lock("catalog_content", found)
    update = f"UPDATE catalog_content SET dead_at = NULL WHERE {rows.any_id('id')} RETURNING id, content_digest"
    return {bytes(digest): int(content_id) for content_id, digest in rows.fetch(update, [rows.ids(found)])}


def _revive_parts(contents: Sequence[int], needed: Iterable[PartKey]) -> dict[PartKey, int]:
    """Do the same with the parts of contents that are there and with parts that new contents have in common with others."""
    of_contents = f"SELECT DISTINCT part_id FROM catalog_contentpart WHERE {rows.any_id('content_id')}"
    found = {int(row[0]) for row in rows.fetch(of_contents, [rows.ids(contents)])}
    wanted = set(needed)
    digests = sorted({digest for _, digest in wanted})
    for part_id, kind, digest in by_digest("SELECT id, kind, part_digest FROM catalog_part WHERE part_digest", digests):
        if (kind, bytes(digest)) in wanted:
            found.add(int(part_id))
    _lock("catalog_part", found)
    update = f"UPDATE catalog_part SET dead_at = NULL WHERE {rows.any_id('id')} RETURNING id, kind, part_digest"
    return {(int(kind), bytes(digest)): int(part_id) for part_id, kind, digest in rows.fetch(update, [rows.ids(found)])}


def _lock(table: str, found: Iterable[int]) -> None:
    """Lock rows by a statement of its own, in the order of their ids, so that no sweep waits for us while we wait for it."""
    if rows.is_postgresql():
        rows.fetch(f"SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [rows.ids(found)])


def _make_live(packs: Sequence[int]) -> None:
    live = f"UPDATE catalog_pack SET state = 'live', lease_until = NULL WHERE {rows.any_id('id')} AND state = 'writing'"
    if packs and rows.execute(live, [rows.ids(packs)]) != len(packs):
        raise PacksGivenUp("a pack's lease was over before its commit")


def _insert_contents(contents: Sequence[ContentRow]) -> dict[bytes, int]:
    values = [(content.summary.digest, content.summary.size_bytes, content.summary.crc32) for content in contents]
    found = _upsert(
        "INSERT INTO catalog_content (content_digest, size_bytes, crc32) VALUES",
        values,
        "ON CONFLICT (content_digest) DO UPDATE SET dead_at = NULL RETURNING content_digest, id",
    )
    return {bytes(digest): int(content_id) for digest, content_id in found}


def _insert_parts(parts: Mapping[PartKey, StoredPart]) -> dict[PartKey, int]:
    values = [
        (kind, digest, pack_id, entry.offset, entry.length, entry.raw_length, entry.dictionary)
        for (kind, digest), (pack_id, entry) in sorted(parts.items())
    ]
    found = _upsert(
        'INSERT INTO catalog_part (kind, part_digest, pack_id, "offset", length, raw_length, dictionary) VALUES',
        values,
        "ON CONFLICT (part_digest, kind) DO UPDATE SET dead_at = NULL RETURNING kind, part_digest, id",
    )
    return {(int(kind), bytes(digest)): int(part_id) for kind, digest, part_id in found}


def _insert_content_parts(
    contents: Sequence[ContentRow], ids: Mapping[bytes, int], parts: Mapping[PartKey, int]
) -> None:
    rows.insert_rows(
        table="catalog_contentpart",
        columns=("content_id", "ordinal", "part_id"),
        rows=(
            (ids[content.summary.digest], -1 if key[0] == PartKind.RECIPE else ordinal, parts[key])
            for content in contents
            for ordinal, key in enumerate(content.part_keys())
        ),
    )


def by_digest(select: str, digests: Sequence[bytes], rest: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``select`` (which ends with the digest's column) and ``rest`` for any number of digests."""
    if rows.is_postgresql():
        yield from rows.fetch(f"{select} = ANY(%s) {rest}", [list(digests)])
        return
    for marks, chunk in rows.in_chunks(digests):
        yield from rows.fetch(f"{select} IN ({marks}) {rest}", chunk)


def _upsert(insert: str, values: Sequence[tuple[Any, ...]], rest: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for start in range(0, len(values), ROWS_PER_INSERT):
            chunk = values[start : start + ROWS_PER_INSERT]
            marks = ", ".join([f"({', '.join(['%s'] * len(chunk[0]))})"] * len(chunk))
            cursor.execute(f"{insert} {marks} {rest}", [value for row in chunk for value in row])
            yield from cursor.fetchall()
