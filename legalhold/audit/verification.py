"""Checking the whole trail against its signed heads and the copies of them kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from legalhold.audit.events import difference
from legalhold.audit.merkle import Frontier, leaf_digest
from legalhold.audit.models import TreeHead
from legalhold.audit.queries import begun_anew_at, sealed_events, sealed_size, unsealed_events
from legalhold.audit.signing import is_signed
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from legalhold.audit.anchors import Anchor
    from legalhold.audit.models import AuditEvent, SealedEvent

OWN: Final = ""
"""The source of the heads kept beside the events themselves."""

LATE_US: Final = 24 * 3600 * 1_000_000
"""An event older than this when it was sealed was recorded late: longer than any act's transaction is open."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What isn't as it was recorded. ``position`` is the first event's it is about, None for an unsealed event."""

    position: int | None
    what: str


@dataclass(frozen=True, slots=True)
class AuditVerification:
    """How much was checked, and everything found, in the trail's order.

    ``earlier`` of the anchors belong to the trail before ``begun_anew_at``: of those only the signature could be checked.
    """

    sealed: int
    unsealed: int
    heads: int
    anchors: int
    findings: tuple[Finding, ...]
    earlier: int = 0
    begun_anew_at: datetime | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(slots=True)
class _Walk:
    """A walk over the sealed events in order, with the tree as it was after each."""

    public: bytes
    heads: dict[int, TreeHead]
    anchors: dict[int, list[Anchor]]
    frontier: Frontier = field(default_factory=Frontier)
    size: int = 0
    fitting_sizes: dict[str, int] = field(default_factory=dict)
    misfits: set[str] = field(default_factory=set)
    sealed_before_us: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, position: int | None, what: str) -> None:
        self.findings.append(Finding(position, what))

    def take(self, sealed: SealedEvent, event: AuditEvent | None) -> None:
        position = self.frontier.size
        if sealed.position != position:
            self.found(position, f"position {position} is missing; the next one is {sealed.position}")
        if event is None:
            self.found(position, f"the event at position {position} was removed")
        else:
            self._check(position, event, bytes(sealed.leaf_digest))
        self.frontier.append(bytes(sealed.leaf_digest))
        self._compare()

    def _check(self, position: int, event: AuditEvent, sealed_digest: bytes) -> None:
        name = f"the event at position {position} ({event.verb}, {event.key})"
        if leaf_digest(bytes(event.body)) != sealed_digest:
            self.found(position, f"{name} was changed after it was sealed")
        elif bytes(event.leaf_digest) != sealed_digest:
            self.found(position, f"the digest beside {name} was changed")
        elif what := difference(event):
            self.found(position, f"{name}: {what}")
        if to_micros(event.at) + LATE_US < self.sealed_before_us:
            self.found(position, f"{name} is dated {event.at:%Y-%m-%d %H:%M}, more than a day before it was sealed")

    def _compare(self) -> None:
        size = self.frontier.size
        head = self.heads.get(size)
        if head is None and size not in self.anchors:
            return
        root = self.frontier.root()
        if head is not None:
            self._compare_head(head, root)
        for anchor in self.anchors.get(size, ()):
            if anchor.root_digest != root:
                self._misfit(f"the head of {size} events kept in {anchor.where}", source=anchor.source)
            else:
                self._fit(anchor.source)

    def _compare_head(self, head: TreeHead, root: bytes) -> None:
        sealed_at_us = to_micros(head.sealed_at)
        kept, signature = bytes(head.root_digest), bytes(head.signature)
        if not is_signed(
            public=self.public, size=head.size, root_digest=kept, sealed_at_us=sealed_at_us, signature=signature
        ):
            self.found(head.size - 1, f"the head of {head.size} events isn't signed with the key given")
        if kept != root:
            self._misfit(f"the head of {head.size} events", source=OWN)
        else:
            self._fit(OWN)
        self.sealed_before_us = sealed_at_us

    def _fit(self, source: str) -> None:
        if source not in self.misfits:
            self.fitting_sizes[source] = self.frontier.size

    def _misfit(self, what: str, *, source: str) -> None:
        """Name a source's first head that doesn't fit: its later ones fit no more, whatever happened to them.

        One source's misfit says nothing of another's: an old anchor must not hide what was changed since.
        """
        if source not in self.misfits:
            self.misfits.add(source)
            first, last = self.fitting_sizes.get(source, 0), self.frontier.size - 1
            where = f"an event between positions {first} and {last} was changed, added, removed or moved"
            self.found(first, f"{what} doesn't fit the events: {where}")


def verify(*, public: bytes, anchors: Iterable[Anchor] = (), configured: Path | None = None) -> AuditVerification:
    """Check every event, head and anchor. ``public`` is the signing key's public half, kept outside the database.

    ``configured`` is the anchor file that every sealing writes to: that it is gone, or begun anew, is a finding. What is
    sealed while this runs isn't looked at.

    What was cut off the end is seen only by an anchor; what was removed before it was ever sealed isn't seen at all.
    """
    kept = list(anchors)  # before the heads: each one anchored by now is among them
    heads = {head.size: head for head in TreeHead.objects.order_by("size")}
    size = sealed_size(newest=max(heads, default=0))
    begun_at = begun_anew_at()
    of_this = [
        anchor for anchor in kept if begun_at is None or anchor.size < 0 or anchor.sealed_at_us >= to_micros(begun_at)
    ]
    walk = _Walk(public=public, heads=heads, anchors=_by_size(of_this), size=size)
    for sealed, event in sealed_events(below=size):
        walk.take(sealed, event)
    _check_ends(walk)
    for anchor in kept:
        _check_signature(walk, anchor)
    _check_reach(walk, of_this)
    if configured is not None:
        _check_configured(walk, kept, configured)
    unsealed = _check_unsealed(walk)
    return AuditVerification(
        walk.frontier.size, unsealed, len(heads), len(kept), tuple(walk.findings), len(kept) - len(of_this), begun_at
    )


def _by_size(anchors: Sequence[Anchor]) -> dict[int, list[Anchor]]:
    by_size: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        by_size.setdefault(anchor.size, []).append(anchor)
    return by_size


def _check_ends(walk: _Walk) -> None:
    size, last = walk.frontier.size, max(walk.heads, default=0)
    if last > size:
        walk.found(size, f"a head of {last} events is kept, but the trail ends after {size}: its end was cut off")
    elif last < size:
        walk.found(last, f"the events from position {last} on are in the tree without a signed head")


def _check_signature(walk: _Walk, anchor: Anchor) -> None:
    size, root, at_us = anchor.size, anchor.root_digest, anchor.sealed_at_us
    if size < 0:
        walk.found(None, f"the head kept in {anchor.where} can't be read")
    elif not is_signed(public=walk.public, size=size, root_digest=root, sealed_at_us=at_us, signature=anchor.signature):
        walk.found(None, f"the head kept in {anchor.where} isn't signed with the key given")


def _check_reach(walk: _Walk, anchors: Sequence[Anchor]) -> None:
    """Name of each source the largest head beyond the trail's end."""
    for size, anchor in sorted({one.source: (one.size, one) for one in sorted(anchors)}.values()):
        if size > walk.frontier.size:
            what = f"{anchor.where} keeps a head of {size} events, but the trail ends after {walk.frontier.size}"
            walk.found(walk.frontier.size, f"{what}: its end was cut off, or this is another trail")


def _check_configured(walk: _Walk, anchors: Sequence[Anchor], configured: Path) -> None:
    newest = max(walk.heads, default=0)
    if newest and not configured.exists():
        walk.found(None, f"the anchor {configured} is missing, though the trail was sealed {len(walk.heads)} times")
    elif len(walk.heads) > 1 and not any(one.source == str(configured) and 0 <= one.size < newest for one in anchors):
        walk.found(None, f"the anchor {configured} keeps no head before the newest: it was begun anew, or is a new one")


def _check_unsealed(walk: _Walk) -> int:
    count = 0
    for event in unsealed_events(below=walk.size):
        count += 1
        name = f"the unsealed event {event.verb} ({event.key})"
        if leaf_digest(bytes(event.body)) != bytes(event.leaf_digest):
            walk.found(None, f"{name} was changed")
        elif what := difference(event):
            walk.found(None, f"{name}: {what}")
        if to_micros(event.at) + LATE_US < walk.sealed_before_us:
            walk.found(None, f"{name} is dated {event.at:%Y-%m-%d %H:%M}, more than a day before the newest head")
    return count
