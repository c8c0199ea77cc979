"""Letting go: of a whole hold, or of some of its targets. Preview, approval, cooling-off, and only then the pins end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db import transaction

from legalhold.approvals.confirmation import Confirmation, require_approval
from legalhold.approvals.figures import count, length, size
from legalhold.archive.canonical import canonical_json
from legalhold.catalog.models import Source
from legalhold.database import counted
from legalhold.holds.models import Hold, HoldRelease, HoldTarget
from legalhold.holds.queries import Held, held_only_by, pending_releases, pins_of, require_visible, targets_of
from legalhold.holds.rules import may_release
from legalhold.holds.services.placing import HoldNotInEffect
from legalhold.holds.services.transitions import finish, record_release, set_state
from legalhold.journal import services as journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.database.counted import ClockReading
    from legalhold.matters.access import Access

COOLING_OFF: Final = timedelta(days=30)
"""Between releasing and its effect: time in which a mistaken or premature release can be cancelled."""

MOST_NAMED: Final = 10
"""Of those who leave: a sentence with five hundred names is read by nobody."""


class TargetNotOnHold(Exception):
    """A narrowing names somebody who isn't on the hold."""


class CoolingOffInvalid(ValueError):
    """A cooling-off can't be negative: the release would have taken effect before it was asked for."""


class ReleaseUnknown(Exception):
    """The hold has no release that is cooling off."""


@dataclass(frozen=True, slots=True)
class ReleasePreview:
    """What a release would let go of: per source (key, items, bytes), what only these pins hold. ``digest`` names it."""

    hold: Hold
    targets: tuple[HoldTarget, ...]
    pin_keys: tuple[str, ...]
    lets_go: tuple[tuple[str, Held], ...]
    digest: str

    @property
    def total(self) -> Held:
        """Everything that would be held no longer."""
        return Held(sum(held.items for _, held in self.lets_go), sum(held.size_bytes for _, held in self.lets_go))


def preview_release(
    *,
    hold: Hold,
    targets: Sequence[HoldTarget] | None = None,
    access: Access,
    cooling_off: timedelta = COOLING_OFF,
) -> ReleasePreview:
    """Return what releasing the hold (or only ``targets`` of it) would let go of, as of now.

    The digest is of that, of whether it is the whole hold, and of the cooling-off. Raises ``HoldUnknown``.
    """
    require_visible(hold=hold, access=access)
    pins = pins_of(hold=hold, targets=targets)
    keys = tuple(sorted(str(key) for key in pins.values_list("key", flat=True)))
    held = held_only_by(pins=pins)
    sources = Source.objects.in_bulk(held)
    lets_go = tuple(sorted((str(sources[pk].key), held[pk]) for pk in held))
    chosen = tuple(targets_of(hold=hold, targets=targets))
    plan = {
        "hold": str(hold.key),
        "is_whole": targets is None,
        "targets": [target.pk for target in chosen],
        "pins": list(keys),
        "lets_go": [[source, held.items, held.size_bytes] for source, held in lets_go],
        "cooling_off_us": cooling_off // timedelta(microseconds=1),
    }
    return ReleasePreview(hold, chosen, keys, lets_go, sha256(canonical_json(plan)).hexdigest())


def release_hold(
    *,
    hold: Hold,
    targets: Sequence[HoldTarget] | None = None,
    approval: Confirmation | None,
    reading: ClockReading,
    access: Access,
    at: datetime,
    cooling_off: timedelta = COOLING_OFF,
) -> HoldRelease:
    """Release a hold, or narrow it by ``targets``. Its pins stay until the cooling-off has been counted.

    Raises ``ApprovalNeeded`` with the preview's digest unless ``approval`` names exactly what would be let go of now,
    ``CoolingOffInvalid``, ``HoldNotInEffect`` and ``TargetNotOnHold``.
    """
    if cooling_off < timedelta():
        raise CoolingOffInvalid(f"a cooling-off of {cooling_off} is negative; give none at least")
    may_release(access=access, matter=hold.matter)
    with transaction.atomic(durable=True):
        hold = Hold.objects.select_for_update(of=("self",)).select_related("matter").get(pk=hold.pk)
        _require_in_effect(hold, targets)
        preview = preview_release(hold=hold, targets=targets, access=access, cooling_off=cooling_off)
        _require_approval(preview, approval, cooling_off, is_whole=targets is None)
        release = _create(
            preview, cooling_off, counted.tick(reading=reading), is_whole=targets is None, access=access, at=at
        )
        if targets is None:
            set_state(hold, Hold.State.RELEASED, released_at=at, at=at)
        record_release(
            "hold.released" if targets is None else "hold.narrowing_requested", release, by=access.actor, at=at
        )
    return release


def _require_in_effect(hold: Hold, targets: Sequence[HoldTarget] | None) -> None:
    if hold.state != Hold.State.IN_EFFECT:
        raise HoldNotInEffect(
            f"hold {hold.name!r} is {hold.get_state_display().lower()}; only one in effect can be released"
        )
    on_hold = set(hold.targets.filter(removed_at=None).values_list("pk", flat=True))
    if targets is not None and not {target.pk for target in targets} <= on_hold:
        raise TargetNotOnHold(f"not everyone named is on hold {hold.name!r}; `hold show` lists who is")


def _require_approval(
    preview: ReleasePreview, approval: Confirmation | None, cooling_off: timedelta, *, is_whole: bool
) -> None:
    total, pins = preview.total, len(preview.pin_keys)
    what = "Releasing" if is_whole else f"Removing {_named(preview.targets)} from"
    text = (
        f"{what} hold {preview.hold.name} of matter {preview.hold.matter.name} would end {count(pins, 'pin')};"
        f" {count(total.items, 'item')} ({size(total.size_bytes)}) {'is' if total.items == 1 else 'are'} held by"
        f" {'it' if pins == 1 else 'them'} alone."
    )
    if cooling_off < COOLING_OFF:
        text += f" The cooling-off of {length(cooling_off)} is shorter than {length(COOLING_OFF)}."
    require_approval(approval=approval, digest=preview.digest, text=text)


def _named(targets: Sequence[HoldTarget]) -> str:
    more = len(targets) - MOST_NAMED
    return "; ".join([*map(str, targets[:MOST_NAMED]), *([f"{more:,} more"] if more > 0 else [])])


def _create(
    preview: ReleasePreview, cooling_off: timedelta, counted_us: int, *, is_whole: bool, access: Access, at: datetime
) -> HoldRelease:  # fmt: skip
    return HoldRelease.objects.create(
        hold=preview.hold,
        is_whole=is_whole,
        target_ids=[target.pk for target in preview.targets],
        pin_keys=list(preview.pin_keys),
        preview_digest=preview.digest,
        preview={source: [held.items, held.size_bytes] for source, held in preview.lets_go},
        requested_by=access.actor,
        requested_at=at,
        cooling_off_us=cooling_off // timedelta(microseconds=1),
        began_counted_us=counted_us,
    )


def cancel_release(*, hold: Hold, archive: Archive, access: Access, at: datetime) -> int:
    """Cancel every release of the hold that is cooling off; nothing was let go of. Returns how many. Waits for nobody.

    Raises ``ReleaseUnknown``, and ``NotYetDurable`` when it is cancelled and only the journal couldn't be written.
    """
    may_release(access=access, matter=hold.matter)
    with transaction.atomic(durable=True):
        hold = Hold.objects.select_for_update(of=("self",)).select_related("matter").get(pk=hold.pk)
        releases = list(pending_releases(hold=hold).select_for_update())
        if not releases:
            raise ReleaseUnknown(f"hold {hold.name!r} has no release that is cooling off")
        for release in releases:
            finish(release, HoldRelease.State.CANCELLED, cancelled_at=at)
            record_release("hold.release_cancelled", release, by=access.actor, at=at)
        if hold.state == Hold.State.RELEASED:
            set_state(hold, Hold.State.IN_EFFECT, released_at=None, at=at)
    # Durable before anybody is told: a rebuilt catalog that knows only the release would end the pins after all.
    done = f"the release of hold {hold.name!r} is cancelled, nothing was let go of"
    journal.acknowledge(archive=archive, done=done)
    return len(releases)
