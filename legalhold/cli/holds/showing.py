"""The actions that show holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.cli.holds.wording import hold_data, leaving_text, scopes_text, sheet_data, standing_text
from legalhold.cli.printing import Result, count, pairs, size, table
from legalhold.holds.models import Hold
from legalhold.holds.queries import Held, coverage, describe_hold, find_hold, hold_table
from legalhold.holds.services import preview_release
from legalhold.ingest.queries import list_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from legalhold.cli.command import Call
    from legalhold.holds.queries import Covered

GAPS = ("never captured", "no source", "capture overdue")


def coverage_of(call: Call) -> Result:
    """Show what a hold reaches."""
    hold = find_hold(text=call.given.hold, access=call.access)
    rows = coverage(hold=hold, at=call.at, access=call.access)
    standing = standing_text(describe_hold(hold=hold, access=call.access))
    return Result("\n".join(filter(None, [standing, covered_text(rows)])), coverage_data(hold, rows))


def preview(call: Call) -> Result:
    """Show what a release would let go of; there is nothing to agree to where the hold isn't in effect."""
    hold = find_hold(text=call.given.hold, access=call.access)
    found = preview_release(hold=hold, access=call.access)
    sheet = describe_hold(hold=hold, access=call.access)
    names = {str(row.key): row.title for row in list_sources(access=call.access)}
    rows = [(names.get(key, key), held.items, size(held.size_bytes)) for key, held in found.lets_go]
    listed = table(("source", "items", "size"), rows, empty="nothing")
    lets_go = [{"source": key, "items": held.items, "size_bytes": held.size_bytes} for key, held in found.lets_go]
    data = {**hold_data(hold), "pins": len(found.pin_keys), "lets_go": lets_go}
    if hold.state != Hold.State.IN_EFFECT:
        lines = [standing_text(sheet), *([listed] if rows else [])]
        return Result("\n".join(lines), {**data, "digest": None})
    text = (
        f"releasing hold {hold.name} would end {count(len(found.pin_keys), 'pin')} and let go of"
        f" {count(found.total.items, 'item')} ({size(found.total.size_bytes)}) that nothing else holds\n{listed}\n"
        f"`hold release` asks for this digest: --confirm {found.digest}"
    )
    return Result(text, {**data, "digest": found.digest})


def show(call: Call) -> Result:
    """Show one hold."""
    hold = find_hold(text=call.given.hold, access=call.access)
    sheet = describe_hold(hold=hold, access=call.access)
    text = pairs(
        [
            ("hold", hold.name),
            ("key", hold.key),
            ("matter", hold.matter.name),
            ("type", hold.get_hold_type_display()),
            ("reason", hold.reason or "–"),
            ("state", hold.get_state_display()),
            ("placed", hold.placed_at),
            ("covers", scopes_text(sheet)),
            ("on hold", "; ".join(f"{target}" for target in sheet.targets) or "nobody"),
            ("leaving", leaving_text(sheet)),
        ]
    )
    return Result("\n".join(filter(None, [text, standing_text(sheet)])), sheet_data(sheet))


def list_all(call: Call) -> Result:
    """List the holds."""
    rows = hold_table(access=call.access)
    shown = [
        (
            row["matter"],
            row["name"],
            Hold.Type(row["type"]).label,
            Hold.State(row["state"]).label,
            row["targets"],
            row["placed_at"],
            row["key"],
        )
        for row in rows
    ]
    titles = ("matter", "hold", "type", "state", "targets", "placed", "key")
    return Result(table(titles, shown, empty="no holds yet; `hold draft` prepares one"), {"holds": rows})


def covered_text(rows: Sequence[Covered]) -> str:
    """Return what is not covered first, even where that is nothing, and then who and what is."""
    gaps = {gap: sum(row.gap == gap for row in rows) for gap in GAPS}
    lines = [", ".join(f"{gap}: {number:,}" for gap, number in gaps.items())]
    listed = [
        (
            row.custodian.name if row.custodian else "–",
            row.source.name if row.source else "–",
            row.first_taken_at,
            row.last_taken_at,
            row.held.items,
            size(row.held.size_bytes),
            row.gap,
        )
        for row in rows
    ]
    titles = ("custodian", "source", "first captured", "last captured", "versions held", "size", "gap")
    total, is_shared = held_once(rows), len(_by_source(rows)) < sum(row.source is not None for row in rows)
    note = "; a source of several custodians is listed for each of them and counted once" if is_shared else ""
    held = f"{count(total.items, 'version')} ({size(total.size_bytes)}) held{note}"
    return "\n".join([*lines, table(titles, listed, empty="covers nobody and nothing"), held])


def held_once(rows: Sequence[Covered]) -> Held:
    """Return what is held in all: a source that is listed for two custodians holds its versions once."""
    held = _by_source(rows).values()
    return Held(sum(one.items for one in held), sum(one.size_bytes for one in held))


def _by_source(rows: Sequence[Covered]) -> dict[int, Held]:
    return {row.source.pk: row.held for row in rows if row.source is not None}


def coverage_data(hold: Hold, rows: Sequence[Covered]) -> dict[str, Any]:
    """Return coverage as data; the totals count a source once, whoever it is listed for."""
    total = held_once(rows)
    return hold_data(hold) | {
        "items": total.items,
        "size_bytes": total.size_bytes,
        "gaps": {gap.replace(" ", "_"): sum(row.gap == gap for row in rows) for gap in GAPS},
        "coverage": [
            {
                "custodian": row.custodian.key if row.custodian else None,
                "name": row.custodian.name if row.custodian else None,
                "source": row.source.key if row.source else None,
                "source_name": row.source.name if row.source else None,
                "first_taken_at": row.first_taken_at,
                "last_taken_at": row.last_taken_at,
                "items": row.held.items,
                "size_bytes": row.held.size_bytes,
                "gap": row.gap,
            }
            for row in rows
        ],
    }
