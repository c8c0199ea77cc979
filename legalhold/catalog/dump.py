"""The catalog as sorted lines of canonical JSON, by natural keys only: two catalogs say the same if their dumps are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from legalhold.archive import canonical_json
from legalhold.catalog.identities import read_identities
from legalhold.catalog.models import (
    GroupMember,
    Pin,
    PinVersion,
    Snapshot,
    Source,
    SourceCustodian,
)
from legalhold.custodians.models import Custodian
from legalhold.database import rows
from legalhold.database.fields import micros_or_none, to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

ROWS_AT_ONCE = 5_000


def dump() -> Iterator[bytes]:
    """Yield every fact that a rebuild must bring back, one line each, kind by kind, sorted within a kind.

    Parts without their places: of several copies a rebuild may read another (ADR 0014). No packs: where they count, a part
    is in them, and `archive verify` compares the two.
    """
    for name, read in _KINDS.items():
        yield from sorted(canonical_json({"is": name, **fact}) for fact in read())


def _custodians() -> Iterator[dict[str, Any]]:
    for person in Custodian.objects.prefetch_related("addresses"):
        yield {
            "key": str(person.key),
            "name": person.name,
            "employee_id": person.employee_id,
            "department": person.department,
            "addresses": sorted(address.address for address in person.addresses.all()),
        }


def _sources() -> Iterator[dict[str, Any]]:
    for source in Source.objects.all():
        yield {"key": str(source.key), "name": source.name, "kind": source.kind, "state": source.state}


def _associations() -> Iterator[dict[str, Any]]:
    for row in SourceCustodian.objects.select_related("source", "custodian"):
        yield {"source": str(row.source.key), "custodian": str(row.custodian.key), **_span(row.from_at, row.to_at)}


def _memberships() -> Iterator[dict[str, Any]]:
    for row in GroupMember.objects.select_related("group", "custodian"):
        yield {"group": str(row.group.key), "custodian": str(row.custodian.key), **_span(row.from_at, row.to_at)}


def _snapshots() -> Iterator[dict[str, Any]]:
    contents = dict(
        rows.fetch(
            "SELECT c.id, c.content_digest FROM catalog_content c JOIN catalog_snapshot s ON s.manifest_content = c.id"
        )
    )
    for row in Snapshot.objects.exclude(state=Snapshot.State.OPEN).select_related("source"):
        yield {
            "source": str(row.source.key),
            "sequence": row.sequence,
            "taken_at": to_micros(row.taken_at),
            "state": row.state,
            "is_expired": row.expired_at is not None,
            "custody": row.custody,
            "ledger": row.ledger,
            "manifest": None if row.manifest_content is None else bytes(contents[row.manifest_content]).hex(),
        }


def _versions() -> Iterator[dict[str, Any]]:
    found = rows.fetch(
        "SELECT s.key, f.path, v.item_key, v.name, v.kind, v.item_from, v.item_to, v.first_seen, v.last_seen,"
        " v.size_bytes, c.content_digest, v.exceptions, v.flags"
        " FROM catalog_version v JOIN catalog_source s ON s.id = v.source_id"
        " JOIN catalog_folder f ON f.id = v.folder_id JOIN catalog_content c ON c.id = v.content_id"
    )
    names = ("kind", "item_from", "item_to", "first_seen", "last_seen", "size_bytes")
    for key, path, item_key, name, *numbers, digest, exceptions, flags in found:
        yield {
            "source": str(UUID(str(key))),
            "folder": bytes(path).hex(),
            "item_key": bytes(item_key).hex(),
            "name": bytes(name).hex(),
            **dict(zip(names, numbers, strict=True)),
            "content": bytes(digest).hex(),
            "exceptions": exceptions,
            "flags": bytes(flags or b"").hex(),
        }


def _contents() -> Iterator[dict[str, Any]]:
    found = rows.fetch(
        "SELECT c.content_digest, c.size_bytes, c.crc32, cp.ordinal, p.kind, p.part_digest FROM catalog_content c"
        " JOIN catalog_contentpart cp ON cp.content_id = c.id JOIN catalog_part p ON p.id = cp.part_id"
        " WHERE c.dead_at IS NULL"
    )
    for digest, size_bytes, crc32, ordinal, kind, part in found:
        yield {
            "digest": bytes(digest).hex(),
            "size_bytes": size_bytes,
            "crc32": crc32,
            "ordinal": ordinal,
            "part": [kind, bytes(part).hex()],
        }


def _parts() -> Iterator[dict[str, Any]]:
    found = rows.fetch("SELECT kind, part_digest, raw_length FROM catalog_part WHERE dead_at IS NULL")
    for kind, digest, raw_length in found:
        yield {"part": [kind, bytes(digest).hex()], "raw_length": raw_length}


def _kept() -> Iterator[dict[str, Any]]:
    found = rows.fetch(
        "SELECT k.owner, c.content_digest FROM catalog_keptcontent k JOIN catalog_content c ON c.id = k.content_id"
        " WHERE k.ended_at IS NULL"
    )
    for owner, digest in found:
        yield {"owner": owner, "content": bytes(digest).hex()}


def _pins() -> Iterator[dict[str, Any]]:
    for pin in Pin.objects.select_related("matter", "source", "custodian", "group"):
        on = pin.source or pin.custodian or pin.group
        yield {
            "key": str(pin.key),
            "label": pin.label,
            "reason": pin.reason,
            "owner": pin.owner,
            "matter": str(pin.matter.key) if pin.matter else None,
            "target": [pin.target, str(on.key) if on else None],
            "kinds": pin.kinds,
            "dated": [micros_or_none(pin.dated_from), micros_or_none(pin.dated_to)],
            "is_ended": pin.ended_at is not None,
        }


def _frozen() -> Iterator[dict[str, Any]]:
    keys = dict(Pin.objects.values_list("pk", "key"))
    named = sorted(
        PinVersion.objects.filter(pin_id__in=Pin.objects.filter(ended_at=None)).values_list("version_id", "pin_id")
    )
    for start in range(0, len(named), ROWS_AT_ONCE):
        batch = named[start : start + ROWS_AT_ONCE]
        digests = {each.version_id: each.version_digest for each in read_identities(versions={row[0] for row in batch})}
        for version_id, pin_id in batch:
            yield {"pin": str(keys[pin_id]), "version": digests[version_id].hex()}


def _span(from_at: datetime, to_at: datetime | None) -> dict[str, Any]:
    return {"from_at": to_micros(from_at), "to_at": micros_or_none(to_at)}


_KINDS: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "custodian": _custodians,
    "source": _sources,
    "association": _associations,
    "membership": _memberships,
    "snapshot": _snapshots,
    "version": _versions,
    "content": _contents,
    "part": _parts,
    "kept": _kept,
    "pin": _pins,
    "frozen": _frozen,
}
