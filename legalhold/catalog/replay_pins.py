"""Rebuilds pins and frozen rows from the journal. Sources, custodians, groups, matters and versions are there by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.identities import read_identities_of_source
from legalhold.catalog.models import Pin, PinVersion, Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import from_micros
from legalhold.matters.models import Matter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _placed(payload: Mapping[str, Any], at: datetime) -> None:
    Pin.objects.bulk_create(_pin(row, at) for row in payload["pins"])


def _ended(payload: Mapping[str, Any], at: datetime) -> None:
    with narrowing():
        Pin.objects.filter(key__in=payload["pins"], ended_at=None).update(ended_at=at)


def freeze_versions(*, payload: Mapping[str, Any]) -> set[bytes]:
    """Freeze the versions that an entry names, and return the digests of those that aren't there.

    One that was destroyed after the pin had ended has a tombstone; any other is missing.
    """
    pin = Pin.objects.get(key=payload["pin"])
    absent: set[bytes] = set()
    for source_key, digests in payload["versions"].items():
        identities = read_identities_of_source(source_id=Source.objects.get(key=source_key).pk)
        there = {identity.version_digest: identity.version_id for identity in identities}
        wanted = {bytes.fromhex(digest) for digest in digests}
        found = sorted(there[digest] for digest in wanted & there.keys())
        PinVersion.objects.bulk_create(PinVersion(pin_id=pin.pk, version_id=version) for version in found)
        absent |= wanted - there.keys()
    return absent


def _frozen(payload: Mapping[str, Any], _at: datetime) -> None:
    freeze_versions(payload=payload)


def _pin(row: Mapping[str, Any], at: datetime) -> Pin:
    on, target = row["on"], row["target"]
    return Pin(
        key=row["key"],
        label=row["label"],
        reason=row["reason"],
        owner=row["owner"],
        matter=Matter.objects.get(key=row["matter"]) if row["matter"] else None,
        target=target,
        source=Source.objects.get(key=on) if target == Pin.Target.SOURCE else None,
        custodian=Custodian.objects.get(key=on) if target == Pin.Target.CUSTODIAN else None,
        group=Group.objects.get(key=on) if target == Pin.Target.GROUP else None,
        kinds=row["kinds"],
        dated_from=_instant(row["dated_from"]),
        dated_to=_instant(row["dated_to"]),
        placed_at=at,
    )


def _instant(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "pin.placed": _placed,
    "pin.ended": _ended,
    "pin.frozen": _frozen,
}
"""Verb → handler; each joins the caller's transaction."""
