"""The actions that show holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.cli.printing import Result, count, pairs, size, table
from legalhold.holds.queries import coverage, find_hold, hold_table, pending_releases, targets_of
from legalhold.holds.services import preview_release

if TYPE_CHECKING:
    from collections.abc import Sequence

    from legalhold.cli.command import Call
    from legalhold.holds.models import Hold
    from legalhold.holds.queries import Covered

GAPS = ("never captured", "no source", "capture overdue")


def coverage_of(call: Call) -> Result:
    """Show what a hold reaches."""
    hold = find_hold(text=call.given.hold, access=call.access)
    rows = coverage(hold=hold, at=call.at, access=call.access)
    return Result(covered_text(rows), coverage_data(hold, rows))


def preview(call: Call) -> Result:
    """Show what a release would let go of."""
    hold = find_hold(text=call.given.hold, access=call.access)
    found = preview_release(hold=hold, access=call.access)
    names = {
        str(row.source.key): row.source.name
        for row in coverage(hold=hold, at=call.at, access=call.access)
        if row.source
    }
    rows = [(names.get(key, key), held.items, size(held.size_bytes)) for key, held in found.lets_go]
    text = (
        f"releasing hold {hold.name} would end {count(len(found.pin_keys), 'pin')} and let go of"
        f" {count(found.total.items, 'item')} ({size(found.total.size_bytes)}) that nothing else holds\n"
        f"{table(('source', 'items', 'size'), rows, empty='nothing')}\n"
        f"`hold release` asks for this digest: --confirm {found.digest}"
    )
    lets_go = [{"source": key, "items": held.items, "size_bytes": held.size_bytes} for key, held in found.lets_go]
    return Result(text, {"hold": hold.key, "digest": found.digest, "pins": len(found.pin_keys), "lets_go": lets_go})


def show(call: Call) -> Result:
    """Show one hold."""
    hold = find_hold(text=call.given.hold, access=call.access)
    targets = [_target(row) for row in targets_of(hold=hold).select_related("custodian", "group", "source")]
    releases = list(pending_releases(hold=hold))
    text = pairs(
        [
            ("hold", hold.name),
            ("key", hold.key),
            ("matter", hold.matter.name),
            ("type", hold.get_hold_type_display()),
            ("reason", hold.reason or "–"),
            ("state", hold.get_state_display()),
            ("placed", hold.placed_at),
            ("on hold", ", ".join(name for _, name in targets) or "nobody"),
            ("cooling off", count(len(releases), "release") if releases else "–"),
        ]
    )
    data = hold_data(hold) | {"targets": [{"kind": kind, "name": name} for kind, name in targets]}
    return Result(text, data | {"releases_cooling_off": [release.key for release in releases]})


def list_all(call: Call) -> Result:
    """List the holds."""
    rows = hold_table(access=call.access)
    shown = [(row["matter"], row["name"], row["type"], row["state"], row["targets"], row["placed_at"]) for row in rows]
    empty = "no holds yet; `hold draft` prepares one"
    return Result(table(("matter", "hold", "type", "state", "targets", "placed"), shown, empty=empty), {"holds": rows})


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
    total = sum(row.held.items for row in rows)
    lines += [table(titles, listed, empty="covers nobody and nothing"), f"{count(total, 'version')} held"]
    return "\n".join(lines)


def coverage_data(hold: Hold, rows: Sequence[Covered]) -> dict[str, Any]:
    """Return coverage as data."""
    return hold_data(hold) | {
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


def hold_data(hold: Hold) -> dict[str, Any]:
    """Return a hold as data."""
    return {
        "hold": hold.key,
        "name": hold.name,
        "matter": hold.matter.key,
        "type": hold.hold_type,
        "reason": hold.reason,
        "state": hold.state,
        "placed_at": hold.placed_at,
    }


def _target(row: Any) -> tuple[str, str]:
    for kind in ("custodian", "group", "source"):
        target = getattr(row, kind)
        if target is not None:
            return kind, f"{target}"
    raise AssertionError(row.pk)
