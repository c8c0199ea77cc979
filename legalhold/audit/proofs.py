"""A receipt for one event: enough to check, with the public key alone, that it is in the signed tree."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from legalhold.archive import canonical_json
from legalhold.audit.anchors import head_payload
from legalhold.audit.merkle import inclusion_proof, is_included, leaf_digest
from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead
from legalhold.audit.signing import is_signed

if TYPE_CHECKING:
    from uuid import UUID

FORMAT: Final = "legalhold audit proof 1"


class EventUnknown(Exception):
    """No event has that key."""


class EventUnsealed(Exception):
    """The event isn't in the tree yet."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event's bytes as text, its place, the signed head (as anchors say it), and its audit path in hex."""

    event: str
    position: int
    head: dict[str, object]
    proof: tuple[str, ...]


def prove_event(*, key: UUID) -> Receipt:
    """Return the receipt of an event under the newest head. Raises ``EventUnknown`` and ``EventUnsealed``."""
    event = AuditEvent.objects.filter(key=key).first()
    if event is None:
        raise EventUnknown(f"no audit event has the key {key}")
    sealed = SealedEvent.objects.filter(event_id=event.pk).first()
    head = TreeHead.objects.order_by("-size").first()
    if sealed is None or head is None:
        raise EventUnsealed(f"the event {key} was recorded, but isn't sealed yet; run `audit verify` and try again")
    leaves = (
        SealedEvent.objects.filter(position__lt=head.size).order_by("position").values_list("leaf_digest", flat=True)
    )
    path = inclusion_proof(leaves=[bytes(leaf) for leaf in leaves], index=sealed.position)
    return Receipt(
        event=bytes(event.body).decode(),
        position=sealed.position,
        head=head_payload(head),
        proof=tuple(digest.hex() for digest in path),
    )


def receipt_bytes(*, receipt: Receipt) -> bytes:
    """Return a receipt as the file that ``legalhold/standalone/verify_event.py`` checks."""
    return canonical_json({**asdict(receipt), "proof": list(receipt.proof), "format": FORMAT}) + b"\n"


def is_proven(*, receipt: Receipt, public: bytes) -> bool:
    """Check a receipt with nothing but the public key."""
    size, sealed_at_us = int(str(receipt.head["size"])), int(str(receipt.head["sealed_at"]))
    root, signature = bytes.fromhex(str(receipt.head["root"])), bytes.fromhex(str(receipt.head["signature"]))
    return is_signed(
        public=public, size=size, root_digest=root, sealed_at_us=sealed_at_us, signature=signature
    ) and is_included(
        leaf=leaf_digest(receipt.event.encode()),
        index=receipt.position,
        size=size,
        root=root,
        proof=[bytes.fromhex(digest) for digest in receipt.proof],
    )
