"""Creates exports. The slow part writes rows that nobody can read yet; one last transaction makes them an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from exports.filling import ExportUnbalanced, fill
from exports.frozen.saving import record_parts
from exports.models import Export
from exports.replay import describe_export
from exports.rules import may_export
from legalhold.audit.services import record
from legalhold.catalog.capture.keeping import keep_content
from legalhold.database import turns
from legalhold.journal import services as journal
from legalhold.journal.errors import NotYetDurable
from legalhold.review.models import Collection
from legalhold.review.rules import check_name
from legalhold.review.services import collect_hold, describe_hold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.custodians.models import Custodian
    from legalhold.holds.models import Hold
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter

__all__ = ["ExportNameTaken", "ExportUnbalanced", "create_export", "create_export_of_hold"]

TURN: Final = "export"
"""One export is created at a time: whoever finds one unfinished knows that its process is gone."""


class ExportNameTaken(Exception):
    """The matter has an export of that name, which is frozen for good."""


class CollectionNotFrozen(Exception):
    """The collection's freezing was cut short; collect it again under its name."""


class ZoneUnknown(ValueError):
    """There is no time zone of that name."""


def create_export(
    *,
    collection: Collection,
    name: str,
    archive: Archive,
    access: Access,
    at: datetime,
    zone: str = "",
    shows_scope: bool = False,
    now: Callable[[], datetime] | None = None,
) -> Export:
    """Freeze a collection's layout in a zone (the matter's where none is given) and return the ready export.

    An export of this name that a crash left unfinished is made anew. With ``shows_scope`` it tells its readers what was
    selected: the hold's name or the query, which may be privileged. ``now`` is asked while its record is written, so that
    nobody takes the pack of a long writing for one cut short; ``at`` where not given.
    Raises ``ExportNameTaken``, ``CollectionNotFrozen``, ``ZoneUnknown``, ``ExportUnbalanced``, and ``NotYetDurable``
    when the export is ready and only the journal couldn't be written.
    """
    may_export(access=access, matter=collection.matter)
    if collection.state != Collection.State.FROZEN:
        raise CollectionNotFrozen(f"collection {collection.name!r} isn't frozen; collect it again under its name")
    check_name(name=name)
    zone = zone or collection.matter.zone
    _require_zone(zone)
    # load-bearing: filling takes back the rows of an export cut short, and must not find one that another is filling.
    with turns.alone(name=TURN):
        export = _begin(collection, name, access, at, {"zone": zone, "shows_scope": shows_scope})
        fill(export=export, archive=archive)
        _complete(export, archive, access, at, now)
    journal.acknowledge(archive=archive, done=f"export {export.name!r} is ready")
    return export


def create_export_of_hold(
    *,
    hold: Hold,
    name: str,
    archive: Archive,
    access: Access,
    at: datetime,
    custodian: Custodian | None = None,
    zone: str = "",
    shows_scope: bool = False,
    now: Callable[[], datetime] | None = None,
) -> Export:
    """Export everything ever captured of a hold, or of one custodian on it, earlier versions included.

    It is frozen first, as a collection of the export's name. Raises ``NotYetDurable`` also when only that is done.
    """
    may_export(access=access, matter=hold.matter)
    if Export.objects.filter(matter=hold.matter, name=name, state=Export.State.READY).exists():
        raise ExportNameTaken(_taken(hold.matter, name))
    # One that was frozen for this export before a crash is taken up again rather than refused.
    frozen = Collection.objects.filter(
        matter=hold.matter, name=name, state=Collection.State.FROZEN, description=describe_hold(hold, custodian)
    )
    try:
        collection = frozen.first() or collect_hold(
            hold=hold, custodian=custodian, name=name, archive=archive, access=access, at=at
        )
    except NotYetDurable as error:
        done = f"{error.done}, but export {name!r} isn't made of it yet: run it again"
        raise NotYetDurable(done=done, because=str(error.__cause__), is_all=False) from error.__cause__
    return create_export(
        collection=collection,
        name=name,
        archive=archive,
        access=access,
        at=at,
        zone=zone,
        shows_scope=shows_scope,
        now=now,
    )


def _taken(matter: Matter, name: str) -> str:
    return f"matter {matter.name!r} has an export named {name!r} already; give this one another name"


def _require_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneUnknown(f"zone {zone!r} is unknown; give one like Europe/Berlin") from error


def _begin(collection: Collection, name: str, access: Access, at: datetime, chosen: Mapping[str, Any]) -> Export:
    begun = {
        "collection": collection, "created_at": at, "created_by": access.actor, "verified_at": None, "findings": None,
        **chosen,
    }  # fmt: skip
    with transaction.atomic(durable=True):
        export, is_new = Export.objects.select_for_update().get_or_create(
            matter=collection.matter, name=name, defaults=begun
        )
        if export.state == Export.State.READY:
            raise ExportNameTaken(_taken(collection.matter, name))
        if not is_new:
            for column, value in begun.items():
                setattr(export, column, value)
            export.save()
    return export


def _complete(
    export: Export, archive: Archive, access: Access, at: datetime, now: Callable[[], datetime] | None
) -> None:
    """Write the record down and make the export ready, in one transaction."""

    def then(frozen_digest: bytes) -> None:
        export.frozen_digest = frozen_digest
        export.state = Export.State.READY
        export.save()
        payload = describe_export(export=export)
        journal.append(verb="export.created", payload=payload, at=at)
        record(
            verb="export.created", by=access.actor, at=at, subject_kind="export", subject_key=str(export.key),
            matter_key=export.matter.key, body=payload,
        )  # fmt: skip

    keep_content(
        owner=f"export:{export.key}",
        parts=lambda: record_parts(export=export),
        archive=archive,
        at=at,
        now=now or (lambda: at),
        then=then,
    )
