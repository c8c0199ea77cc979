"""``READ ME FIRST.html``: what is here, what isn't, what opening evidence can set off, and how to check it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from exports.companions.cells import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from exports.planning import Plan


@dataclass(frozen=True, slots=True)
class Heading:
    """What the export is called, and the time up to which data was captured for it; ``scope`` is empty where untold."""

    matter: str
    name: str
    scope: str
    captured_until: datetime


def read_me(*, heading: Heading, plan: Plan, zone: ZoneInfo) -> Iterator[bytes]:
    """Yield the page's bytes."""
    exceptions = Counter(code for one in plan.exported for code in one.item.exceptions)
    custodians = Counter(one.path[0] for one in plan.exported)
    context = {
        "heading": heading,
        "captured_until": moment(at=heading.captured_until, zone=zone),
        "zone": str(zone),
        "collected": len(plan.exported) + len(plan.not_exported),
        "exported": len(plan.exported),
        "not_exported": len(plan.not_exported),
        "wrapped": sum(one.shown.form == "wrapped" for one in plan.exported),
        "earlier": sum(one.later is not None for one in plan.exported),
        "size_bytes": sum(one.shown.size_bytes for one in plan.exported),
        "marked": sum(bool(one.item.exceptions) for one in plan.exported),
        "exceptions": sorted(exceptions.items()),
        "folders": sorted(custodians.items()),
    }
    yield render_to_string("exports/read_me_first.html", context).encode()
