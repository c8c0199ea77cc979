"""The actions that change a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.cli.holds.showing import coverage_data, covered_text
from legalhold.cli.holds.wording import hold_data
from legalhold.cli.people import named_people
from legalhold.cli.printing import Result, count, size
from legalhold.custodians.queries import find_group
from legalhold.formats import ItemKind
from legalhold.holds.queries import coverage, find_hold
from legalhold.holds.services import (
    Targets,
    add_targets,
    cancel_release,
    draft_hold,
    place_hold,
    preview_release,
    release_hold,
    scope_of_days,
)
from legalhold.holds.services.releasing import COOLING_OFF, TargetNotOnHold
from legalhold.ingest.queries import find_source
from legalhold.matters.queries import find_matter

if TYPE_CHECKING:
    from legalhold.cli.command import Call
    from legalhold.holds.models import Hold, HoldTarget
    from legalhold.holds.services import Placed


def draft(call: Call) -> Result:
    """Prepare a hold."""
    given = call.given
    matter = find_matter(text=given.matter, access=call.access)
    kinds = frozenset(ItemKind[kind.upper()] for kind in given.kinds)
    scope = scope_of_days(kinds=kinds, first_day=given.first_day, last_day=given.last_day, zone=matter.zone)
    hold = draft_hold(
        matter=matter,
        name=given.name,
        hold_type=given.type,
        reason=given.reason,
        scopes=(scope,),
        access=call.access,
        at=call.at,
    )
    text = f"drafted hold {hold.name} ({hold.key}); it protects nothing until `hold place` puts it in effect"
    return Result(text, hold_data(hold))


def place(call: Call) -> Result:
    """Put a hold in effect and say what it covers."""
    hold = find_hold(text=call.given.hold, access=call.access)
    placed = place_hold(
        hold=hold, targets=_targets(call), archive=call.installation.archive, access=call.access, at=call.at
    )
    return _placed(call, placed, f"hold {hold.name} is in effect")


def widen(call: Call) -> Result:
    """Add to a hold in effect and say what it covers now."""
    hold = find_hold(text=call.given.hold, access=call.access)
    placed = add_targets(
        hold=hold, targets=_targets(call), archive=call.installation.archive, access=call.access, at=call.at
    )
    return _placed(call, placed, f"hold {hold.name} was widened")


def narrow(call: Call) -> Result:
    """Ask for the release of some of a hold."""
    hold = find_hold(text=call.given.hold, access=call.access)
    return _release(call, hold, _on_hold(hold, _targets(call)))


def release(call: Call) -> Result:
    """Ask for the release of a hold."""
    return _release(call, find_hold(text=call.given.hold, access=call.access), None)


def cancel(call: Call) -> Result:
    """Take a release back."""
    hold = find_hold(text=call.given.hold, access=call.access)
    cancelled = cancel_release(hold=hold, archive=call.installation.archive, access=call.access, at=call.at)
    text = f"cancelled {count(cancelled, 'release')} of hold {hold.name}; nothing was let go of"
    return Result(text, {"hold": hold.key, "cancelled": cancelled})


def _targets(call: Call) -> Targets:
    given = call.given
    return Targets(
        custodians=named_people(texts=given.custodian, file=given.custodians),
        groups=[find_group(text=text, access=call.access) for text in given.group],
        sources=[find_source(text=text, access=call.access) for text in given.source],
    )


def _placed(call: Call, placed: Placed, what: str) -> Result:
    rows = coverage(hold=placed.hold, at=call.at, access=call.access)
    lines = [
        f"{what}: {count(placed.pins, 'pin')}, {count(placed.rescued, 'version')} rescued from compaction",
        covered_text(rows),
    ]
    return Result(
        "\n\n".join(lines), {**coverage_data(placed.hold, rows), "pins": placed.pins, "rescued": placed.rescued}
    )


def _on_hold(hold: Hold, named: Targets) -> list[HoldTarget]:
    wanted = (
        [("custodian", person) for person in named.custodians]
        + [("group", group) for group in named.groups]
        + [("source", source) for source in named.sources]
    )
    chosen: list[HoldTarget] = []
    for what, row in wanted:
        found = list(hold.targets.filter(removed_at=None, **{what: row}))
        if not found:
            raise TargetNotOnHold(f"{row} isn't on hold {hold.name!r}; `hold show` lists who is")
        chosen += found
    if not chosen:
        raise TargetNotOnHold("name whom to remove: --custodian, --custodians, --group or --source")
    return chosen


def _release(call: Call, hold: Hold, targets: list[HoldTarget] | None) -> Result:
    total = preview_release(hold=hold, targets=targets, access=call.access).total
    asked = release_hold(
        hold=hold,
        targets=targets,
        approval=call.approval,
        reading=call.installation.reading(),
        access=call.access,
        at=call.at,
    )
    what = (
        f"hold {hold.name} is released"
        if targets is None
        else f"{count(len(targets), 'target')} will leave hold {hold.name}"
    )
    text = (
        f"{what}: {count(total.items, 'item')} ({size(total.size_bytes)}) held by nothing else stay protected for"
        f" {COOLING_OFF.days} more days of counted time; `hold cancel-release` takes it back until then"
    )
    data = {"hold": hold.key, "release": asked.key, "items": total.items, "size_bytes": total.size_bytes}
    return Result(text, {**data, "cooling_off_seconds": int(COOLING_OFF.total_seconds())})
