"""Places pins and freezes versions. Whoever pins says who owns the pin; ending one is ``destruction.end_pins``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from legalhold.catalog.destruction.ending import end_pins
from legalhold.catalog.destruction.marking import UNMARKED
from legalhold.catalog.held import TARGETS, is_held, sources_reached
from legalhold.catalog.identities import Identity, read_identities
from legalhold.catalog.models import Pin
from legalhold.database import guard
from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id, fetch, ids, insert_rows, is_postgresql, locked
from legalhold.journal.services import append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from legalhold.catalog.models import Source
    from legalhold.custodians.models import Custodian, Group
    from legalhold.matters.models import Matter

FROZEN_BATCH: Final = 2_000
"""Rows frozen by one transaction, and by one entry of the journal."""


class PinDatesInverted(ValueError):
    """A pin from a later day to an earlier one would hold nothing by its dates."""


class VersionGone(Exception):
    """A version to freeze doesn't exist (any more)."""


class GuardNotHeld(Exception):
    """Pins are placed only under the exclusive guard: without it, a batch that destroys could miss them."""


@dataclass(frozen=True, slots=True)
class PinSpec:
    """A pin to place: what it targets, by the one of ``source``, ``custodian`` and ``group`` that goes with ``target``.

    ``kinds`` is a bit mask over ``ItemKind``, 0 for all; both dates belong to the range, and None is open.
    """

    label: str
    owner: str
    target: str
    reason: str = ""
    matter: Matter | None = None
    source: Source | None = None
    custodian: Custodian | None = None
    group: Group | None = None
    kinds: int = 0
    dated_from: datetime | None = None
    dated_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlacedPins:
    """The pins as placed, and what of the condemned versions they brought back."""

    pins: tuple[Pin, ...]
    rescued: int
    rescued_bytes: int


def place_pins(*, specs: Sequence[PinSpec], at: datetime) -> PlacedPins:
    """Place pins in the caller's ``guard.exclusive()``, and rescue what was condemned and is held now.

    The caller returns to whoever asked only after the journal's flush. Raises ``GuardNotHeld``, ``PinDatesInverted``.
    """
    if not guard_is_held():
        raise GuardNotHeld("pins are placed inside guard.exclusive() only")
    pins = Pin.objects.bulk_create([_row(spec, at) for spec in specs])
    if pins:
        append(verb="pin.placed", payload={"pins": [describe_pin(pin=pin) for pin in pins]}, at=at)
    # Only what these pins reach: asking every pin of everything that is condemned would take as long as there is of it.
    # Nobody changes what they reach meanwhile: whoever does takes the guard alone, too.
    reached = fetch(sources_reached(), [ids(pin.pk for pin in pins)] * len(TARGETS))
    rescued = fetch(
        f"UPDATE catalog_version AS v SET {UNMARKED} WHERE v.condemned_at IS NOT NULL AND {any_id('v.source_id')}"
        f" AND {is_held(version='v')} RETURNING size_bytes",
        [ids(row[0] for row in reached)],
    )
    return PlacedPins(tuple(pins), len(rescued), sum(row[0] for row in rescued))


def guard_is_held() -> bool:
    """Whether this transaction holds the guard alone; on SQLite any transaction does."""
    if not is_postgresql():
        return bool(connection.in_atomic_block)
    held = (
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
        " AND mode = 'ExclusiveLock' AND (classid::bigint << 32) + objid::bigint = %s"
    )
    return bool(fetch(held, [guard.GUARD_LOCK])[0][0])


def freeze(*, cover: PinSpec, versions: Callable[[], Iterable[int]], at: datetime) -> Pin:
    """Pin exactly the versions of these ids, and return the pin; opens its own transactions.

    ``cover`` must match them all: it stands while they are listed and written down in batches, then ends. ``versions`` is
    called under it, so that what it lists can't go meanwhile. A crash leaves the cover standing: more is held, not less.
    Raises ``VersionGone``, with nothing frozen but what was written until then, and both pins ended.
    """
    with guard.exclusive():
        frozen_rows = PinSpec(cover.label, cover.owner, Pin.Target.FROZEN, cover.reason, cover.matter)
        standing, frozen = place_pins(specs=[cover, frozen_rows], at=at).pins
    try:
        for batch in _batches(versions()):
            _freeze_batch(frozen, batch, at)
    except VersionGone:
        _end([standing, frozen], "not everything to freeze was there", at)
        raise
    _end([standing], "frozen", at)
    return frozen


def describe_pin(*, pin: Pin) -> dict[str, Any]:
    """Return a pin as the journal says it: by keys, enough to place it again."""
    on = pin.source or pin.custodian or pin.group
    return {
        "key": str(pin.key),
        "label": pin.label,
        "reason": pin.reason,
        "owner": pin.owner,
        "matter": str(pin.matter.key) if pin.matter else None,
        "target": str(pin.target),
        "on": str(on.key) if on else None,
        "kinds": pin.kinds,
        "dated_from": to_micros(pin.dated_from) if pin.dated_from else None,
        "dated_to": to_micros(pin.dated_to) if pin.dated_to else None,
    }


def _row(spec: PinSpec, at: datetime) -> Pin:
    if spec.dated_from and spec.dated_to and spec.dated_from > spec.dated_to:
        raise PinDatesInverted(f"{spec.label}: {spec.dated_from.isoformat()} is after {spec.dated_to.isoformat()}")
    return Pin(
        label=spec.label,
        reason=spec.reason,
        owner=spec.owner,
        matter=spec.matter,
        target=spec.target,
        source=spec.source,
        custodian=spec.custodian,
        group=spec.group,
        kinds=spec.kinds,
        dated_from=spec.dated_from,
        dated_to=spec.dated_to,
        placed_at=at,
    )


def _batches(versions: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for version in versions:
        batch.append(version)
        if len(batch) == FROZEN_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _freeze_batch(frozen: Pin, batch: list[int], at: datetime) -> None:
    with transaction.atomic(durable=True):
        # load-bearing: the rows are locked before they are looked at, so none can go between the look and the commit
        fetch(locked(f"SELECT v.id FROM catalog_version v WHERE {any_id('v.id')} ORDER BY v.id"), [ids(batch)])
        identities = read_identities(versions=batch)
        gone = sorted(set(batch) - {identity.version_id for identity in identities})
        if gone:
            raise VersionGone(f"{frozen.label}: {len(gone)} versions to freeze don't exist, the first is {gone[0]}")
        rows = [(frozen.pk, identity.version_id) for identity in identities]
        insert_rows(table="catalog_pinversion", columns=("pin_id", "version_id"), rows=rows)
        append(verb="pin.frozen", payload={"pin": str(frozen.key), "versions": _by_source(identities)}, at=at)


def _by_source(identities: Iterable[Identity]) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {}
    for identity in identities:
        sources.setdefault(str(identity.source_key), []).append(identity.version_digest.hex())
    return sources


def _end(pins: Sequence[Pin], because: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        end_pins(keys=[pin.key for pin in pins], because=because, at=at)
