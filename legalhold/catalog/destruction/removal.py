"""Removing a source: all that was captured from it may go, through the gate and its phases, once nothing pins it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.approvals.confirmation import Confirmation, require_approval
from legalhold.approvals.figures import count, size
from legalhold.archive import canonical_json
from legalhold.audit.services import record
from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.held import reaches_source
from legalhold.catalog.models import Pin, Source
from legalhold.catalog.owners import owners_now, titled
from legalhold.database import guard
from legalhold.database.rows import fetch
from legalhold.journal.services import append, require_equal_heads
from legalhold.matters.access import FOREIGN, reached_matters, require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.matters.access import Access


class SourceHeld(Exception):
    """Pins reach this source; those of a matter that who asks isn't on go unnamed."""

    def __init__(self, *, source: Source, names: Iterable[str]) -> None:
        super().__init__(f"{source.name} can't be removed: it is held by {', '.join(names)}; release that first")


class SourceRemoved(Exception):
    """The source is being removed already."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a source would make eligible for destruction, and the digest that agrees to it."""

    source_key: str
    name: str
    versions: int
    size_bytes: int
    digest: str
    custodians: tuple[str, ...]

    @property
    def text(self) -> str:
        """The removal in a sentence."""
        gone = f"{count(self.versions, 'version')} ({size(self.size_bytes)})"
        return f"Removes {titled(name=self.name, custodians=self.custodians)}: {gone} may then be destroyed."


def plan_removal(*, source: Source, access: Access) -> Removal:
    """Return what would go. Raises ``SourceHeld`` while any pin reaches the source, whatever its kinds and dates."""
    require(access=access, permission=Permission.REMOVE_SOURCES)
    if source.state == Source.State.REMOVING:
        raise SourceRemoved(f"{source.name} is being removed already; compaction destroys what is left of it")
    if names := _holding(source, access):
        raise SourceHeld(source=source, names=names)
    counted = "SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM catalog_version WHERE source_id = %s"
    versions, size_bytes = map(int, fetch(counted, [source.pk])[0])
    digest = sha256(canonical_json(["remove source", str(source.key), versions, size_bytes])).hexdigest()
    owners = owners_now(sources=[source.pk]).get(source.pk, ())
    return Removal(str(source.key), source.name, versions, size_bytes, digest, owners)


def remove_source(
    *, source: Source, archive: Archive, approval: Confirmation | None, access: Access, at: datetime
) -> Removal:
    """Give a source up: nothing is captured from it again, and compaction destroys what nothing pins. It can't be undone.

    Raises ``NotAllowed``, ``SourceHeld``, ``SourceRemoved``, ``ApprovalNeeded``, and the journal's refusals.
    """
    require_equal_heads(archive=archive)
    with guard.exclusive() as epoch:
        locked = Source.objects.select_for_update().get(pk=source.pk)
        removal = plan_removal(source=locked, access=access)
        require_approval(approval=approval, digest=removal.digest, text=removal.text)
        with narrowing():
            Source.objects.filter(pk=locked.pk).update(state=Source.State.REMOVING)
        append(verb="source.removed", payload={"source": removal.source_key, "epoch": epoch}, at=at)
        record(
            verb="source.removed",
            by=access.actor,
            at=at,
            subject_kind="source",
            subject_key=removal.source_key,
            body={"versions": removal.versions, "bytes": removal.size_bytes, "epoch": epoch},
        )
    return removal


def _holding(source: Source, access: Access) -> list[str]:
    reaching = [row[0] for row in fetch(reaches_source(source=str(int(source.pk))))]
    pins = list(Pin.objects.filter(pk__in=reaching).order_by("label", "pk"))
    matters = {pin.matter_id for pin in pins if pin.matter_id is not None}
    foreign = matters - reached_matters(access=access, ids=matters)
    named = [pin.label for pin in pins if pin.matter_id not in foreign]
    return [*named, *([FOREIGN] if foreign else [])]
