"""Sealing: what is committed and not yet in the tree is added to it, and the new head is signed and anchored.

Never in an act's own transaction: a chain that each act waits for made them 28 times slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from legalhold.archive.failpoints import hit, register
from legalhold.audit.anchors import SEALED, append_to_file, head_payload
from legalhold.audit.merkle import DIGEST_BYTES, Frontier
from legalhold.audit.models import TreeHead
from legalhold.audit.signing import is_signed
from legalhold.database import rows, turns
from legalhold.database.fields import to_micros
from legalhold.journal import services as journal
from legalhold.journal.queries import is_frozen

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from legalhold.archive import Archive
    from legalhold.audit.signing import SigningKey

BATCH: Final = 5000
"""Events per head: a transaction of a few tens of milliseconds."""

REACH: Final = 100_000
"""How far below the newest sealed event late commits are looked for: an act would have to be open while so many others
were recorded to be missed. ``reach=None`` looks at all; verification does."""

UNSEALED: Final = (
    "SELECT e.id, e.leaf_digest FROM audit_auditevent e"
    " WHERE e.id > %s AND NOT EXISTS (SELECT 1 FROM audit_sealedevent s WHERE s.event_id = e.id)"
    " ORDER BY e.id LIMIT %s"
)

register("audit.before_seal", "audit.after_seal")


class TrailDamaged(Exception):
    """The newest head isn't what was signed: sealing on would hide it."""


def seal(
    *,
    key: SigningKey,
    at: datetime,
    anchor: Path | None = None,
    archive: Archive | None = None,
    reach: int | None = REACH,
) -> TreeHead | None:
    """Seal everything committed and unsealed; return the new head, or None if there was nothing.

    The head is anchored in the file ``anchor`` and, through its outbox, in the journal of ``archive``, unless that is
    frozen: then by the first call after. Raises
    ``TrailDamaged`` and ``AnchorUnwritable`` (then it is sealed, and anchored by the next call).
    """
    with turns.alone(name="audit"):
        newest = sealed = TreeHead.objects.order_by("-size").first()
        frontier = _frontier(newest, key)
        while batch := _unsealed(reach):
            hit("audit.before_seal")
            sealed = _seal_batch(frontier, batch, key, at)
            hit("audit.after_seal")
        # A frozen catalog may be an old copy: its head, anchored, would accuse the newer trail for ever.
        try:
            if anchor is not None and sealed is not None and not is_frozen():
                append_to_file(path=anchor, head=sealed, may_create=_is_first(newest))
        finally:  # an anchor that can't be written keeps no head out of the journal
            if archive is not None and not is_frozen():
                journal.flush(archive=archive)
    return None if sealed is newest else sealed


def _frontier(head: TreeHead | None, key: SigningKey) -> Frontier:
    """Return the tree's edge after checking that it is the one that was signed."""
    if head is None:
        return Frontier()
    joined = bytes(head.frontier)
    digests = [joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES)]
    root, sealed_at_us = bytes(head.root_digest), to_micros(head.sealed_at)
    signature = bytes(head.signature)
    if not is_signed(
        public=key.public, size=head.size, root_digest=root, sealed_at_us=sealed_at_us, signature=signature
    ):
        raise TrailDamaged(f"the head of {head.size} events isn't signed with this key; run `audit verify`")
    if len(digests) != head.size.bit_count() or Frontier(size=head.size, digests=digests).root() != root:
        raise TrailDamaged(f"the edge kept beside the head of {head.size} events doesn't fit it; run `audit verify`")
    return Frontier(size=head.size, digests=digests)


def _is_first(newest: TreeHead | None) -> bool:
    """Say whether at most one sealing has been, so that its anchor may still be to come."""
    return newest is None or not TreeHead.objects.filter(size__lt=newest.size).exists()


def _unsealed(reach: int | None) -> list[tuple[int, bytes]]:
    (newest,) = rows.fetch("SELECT MAX(event_id) FROM audit_sealedevent")[0]
    floor = 0 if reach is None else max(0, (newest or 0) - reach)
    return [(number, bytes(digest)) for number, digest in rows.fetch(UNSEALED, [floor, BATCH])]


def _seal_batch(frontier: Frontier, batch: list[tuple[int, bytes]], key: SigningKey, at: datetime) -> TreeHead:
    first = frontier.size
    for _, digest in batch:
        frontier.append(digest)
    root = frontier.root()
    signature = key.sign(size=frontier.size, root_digest=root, sealed_at_us=to_micros(at))
    head = TreeHead(size=frontier.size, root_digest=root, sealed_at=at, signature=signature)
    head.frontier = b"".join(frontier.digests)
    with transaction.atomic(durable=True):
        rows.insert_rows(
            table="audit_sealedevent",
            columns=("position", "event_id", "leaf_digest"),
            rows=[(first + index, number, digest) for index, (number, digest) in enumerate(batch)],
        )
        head.save(force_insert=True)
        if not is_frozen():
            journal.append(verb=SEALED, payload=head_payload(head), at=at)
    return head
