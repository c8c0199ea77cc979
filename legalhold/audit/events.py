"""The one form in which an event is hashed: canonical JSON of everything it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from legalhold.archive import canonical_json
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Mapping

    from legalhold.audit.models import AuditEvent


def event_bytes(*, event: AuditEvent, body: Mapping[str, object]) -> bytes:
    """Return the bytes that are kept and hashed: the event's columns and ``body``."""
    return canonical_json({**_columns(event), "body": dict(body)})


def difference(event: AuditEvent) -> str:
    """Return what of the event's columns isn't what its kept bytes say, or an empty text."""
    try:
        said = json.loads(bytes(event.body))
    except ValueError:
        return "its bytes can't be read"
    columns = _columns(event)
    if not isinstance(said, dict) or said.keys() != {*columns, "body"}:
        return "its bytes aren't an event's"
    names = [name for name, value in columns.items() if said[name] != value]
    return f"its {', '.join(names)} was changed in the columns" if names else ""


def _columns(event: AuditEvent) -> dict[str, object]:
    return {
        "key": str(event.key),
        "at": to_micros(event.at),
        "actor": event.actor,
        "verb": event.verb,
        "subject_kind": event.subject_kind,
        "subject_key": event.subject_key,
        "matter_key": str(event.matter_key) if event.matter_key else None,
    }
