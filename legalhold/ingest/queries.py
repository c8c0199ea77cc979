"""Lists of sources, snapshots and ingests for those who may see them: what is captured, never an item's name or bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Max, Q

from legalhold.accounts.roles import Permission
from legalhold.catalog.associations import SourceAmbiguous
from legalhold.catalog.capture.places import display_of
from legalhold.catalog.models import Snapshot, Source, SourceCustodian
from legalhold.catalog.owners import owners_now, titled
from legalhold.custodians.models import MatterCustodian
from legalhold.ingest.models import Ingest, LedgerEntry
from legalhold.ingest.reasons import reason_text
from legalhold.matters.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.custodians.models import Custodian
    from legalhold.matters.access import Access


class SourceNotShown(Exception):
    """No source of that key is shown to who asks, whether or not there is one."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as a list shows it. ``custodians`` are those whose it is now; ``snapshots`` is its newest one's number."""

    key: UUID
    name: str
    kind: str
    state: str
    custodians: tuple[str, ...]
    snapshots: int
    newest_taken_at: datetime | None

    @property
    def title(self) -> str:
        """Its name and whose it is, as other sources may have the same name."""
        return titled(name=self.name, custodians=self.custodians)


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """A snapshot as a list shows it."""

    sequence: int
    taken_at: datetime
    state: str
    is_expired: bool
    kept_by: str
    ledger: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something an ingest found and left out, by name. ``because`` says in words what ``reason`` and ``detail`` mean."""

    sequence: int
    path: str
    fate: str
    reason: str
    detail: str
    because: str


def list_sources(*, access: Access, custodian: Custodian | None = None) -> list[SourceLine]:
    """Return the sources of custodians in the matters that ``access`` reaches, or all of them; by name, then key.

    With ``custodian`` only those that ever were theirs.
    """
    shown = _shown(access)
    if custodian is not None:
        shown = shown.filter(pk__in=SourceCustodian.objects.filter(custodian=custodian).values("source"))
    sources = list(shown)
    newest = {
        row["source"]: row
        for row in Snapshot.objects.filter(source__in=sources)
        .values("source")
        .annotate(number=Max("sequence"), taken_at=Max("taken_at"))
    }
    owners = owners_now(sources=sources)
    return [
        SourceLine(
            key=source.key,
            name=source.name,
            kind=source.kind,
            state=source.state,
            custodians=owners.get(source.pk, ()),
            snapshots=newest[source.pk]["number"] if source.pk in newest else 0,
            newest_taken_at=newest[source.pk]["taken_at"] if source.pk in newest else None,
        )
        for source in sources
    ]


def list_snapshots(*, source_key: UUID, access: Access) -> list[SnapshotLine]:
    """Return a source's snapshots by number. Raises SourceNotShown."""
    source = get_source(source_key=source_key, access=access)
    return [
        SnapshotLine(
            sequence=row.sequence,
            taken_at=row.taken_at,
            state=row.state,
            is_expired=row.expired_at is not None,
            kept_by=row.kept_by,
            ledger=row.ledger,
        )
        for row in Snapshot.objects.filter(source=source).order_by("sequence")
    ]


def list_left_out(*, ingest_key: UUID, access: Access) -> Sequence[LedgerEntry]:
    """Return what an ingest of a source shown found and didn't capture, by name: for those who may capture.

    Raises NotAllowed.
    """
    require(access=access, permission=Permission.CAPTURE)
    return list(LedgerEntry.objects.filter(ingest__key=ingest_key, ingest__source__in=_shown(access)).order_by("pk"))


def left_out_of_source(
    *, source_key: UUID, access: Access, sequence: int | None = None, limit: int | None = None
) -> list[LeftOut]:
    """Return by name what a source's ingests, or that of one snapshot, didn't capture, then what they excluded.

    Raises NotAllowed for who may not capture, and SourceNotShown.
    """
    require(access=access, permission=Permission.CAPTURE)
    entries = LedgerEntry.objects.filter(ingest__source=get_source(source_key=source_key, access=access))
    if sequence is not None:
        entries = entries.filter(ingest__sequence=sequence)
    return [
        _left_out(row) for row in entries.select_related("ingest").order_by("ingest__sequence", "-fate", "pk")[:limit]
    ]


def _left_out(row: LedgerEntry) -> LeftOut:
    raw = b"/".join(part for part in (bytes(row.folder), bytes(row.name)) if part)
    return LeftOut(
        sequence=row.ingest.sequence,
        path=display_of(raw),
        fate=row.fate,
        reason=row.reason,
        detail=row.detail,
        because=reason_text(fate=row.fate, reason=row.reason, detail=row.detail),
    )


def list_ingests(*, access: Access) -> Sequence[Ingest]:
    """Return the ingests of the sources shown, newest first."""
    return list(Ingest.objects.filter(source__in=_shown(access)).select_related("source").order_by("-pk"))


def get_source(*, source_key: UUID, access: Access) -> Source:
    """Return a source. Raises SourceNotShown, the same for one that isn't there and one that isn't reached."""
    source = _shown(access).filter(key=source_key).first()
    if source is None:
        raise SourceNotShown(f"no source has the key {source_key}; `source list` shows yours")
    return source


def find_source(*, text: str, access: Access) -> Source:
    """Return the source of this key, or of this name if only one shown has it. Raises SourceNotShown, SourceAmbiguous."""
    by = _as_key(text)
    found = list(_shown(access).filter(Q(name=text) if by is None else Q(key=by)))
    if not found:
        raise SourceNotShown(f"no source has the key or name {text!r}; `source list` shows yours")
    if len(found) > 1:
        owners = owners_now(sources=found)
        known = "; ".join(sorted(f"{'; '.join(owners.get(one.pk, ['nobody']))}: {one.key}" for one in found))
        raise SourceAmbiguous(f"{len(found)} sources are named {text!r}; give the key of one: {known}")
    return found[0]


def _as_key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(access: Access) -> QuerySet[Source]:
    """Return the sources that ``access`` may know of: all with the permission to capture, else those of its matters."""
    everything = Source.objects.order_by("name", "key")
    if Permission.CAPTURE in access.permissions and access.matters is None:
        return everything
    people = MatterCustodian.objects.filter(matter__key__in=access.matters or ()).values("custodian")
    theirs = SourceCustodian.objects.filter(custodian__in=people).values("source")
    return everything.filter(pk__in=theirs)
