"""The trail as a file that anybody can check offline: ``docs/format/audit.md`` says every line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.archive import canonical_json
from legalhold.audit.anchors import head_payload
from legalhold.audit.models import TreeHead
from legalhold.audit.queries import sealed_events, sealed_size, unsealed_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from legalhold.audit.models import AuditEvent

FORMAT: Final = "legalhold audit 1"


def export_trail(*, public: bytes) -> Iterator[bytes]:
    """Yield the trail line by line: sealed events in order, each head after its last event, then what is unsealed."""
    yield _line({"format": FORMAT, "public_key": public.hex()})
    heads = {head.size: head for head in TreeHead.objects.order_by("size")}
    # A server may be sealing on: what comes after these heads is told as unsealed, which it was when they were read.
    size = sealed_size(newest=max(heads, default=0))
    sealed = 0
    for entry, event in sealed_events(below=size):
        said = {"leaf": bytes(entry.leaf_digest).hex()} if event is None else {"event": _text(event)}
        yield _line({"position": entry.position, **said})
        sealed += 1
        if sealed in heads:
            yield _line({"head": head_payload(heads[sealed])})
    unsealed = 0
    for event in unsealed_events(below=size):
        yield _line({"unsealed": _text(event)})
        unsealed += 1
    yield _line({"end": {"sealed": sealed, "unsealed": unsealed}})


def _text(event: AuditEvent) -> str:
    return bytes(event.body).decode("utf-8", errors="replace")


def _line(value: object) -> bytes:
    return canonical_json(value) + b"\n"
