"""The one readable screen the demo ends with."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from legalhold.demo.figures import Side
    from legalhold.demo.job import Demo

COLUMNS = (
    ("messages ever captured", "ever_captured"),
    ("destroyed by compaction", "destroyed"),
    ("still kept", "kept"),
    ("kept only by the hold", "only_by_hold"),
)


def screen(*, demo: Demo, seconds: float) -> Iterator[str]:
    """Yield the screen's lines."""
    held, unheld = demo.sides
    yield ""
    yield f"{demo.custodians} custodians, {demo.snapshots} snapshots over 90 days, {seconds:.1f} s"
    yield f"matter {demo.hold.matter.name} · hold {demo.hold.name}: {demo.hold.get_state_display().lower()}"
    yield ""
    yield from _side_by_side(held, unheld)
    yield ""
    yield from _equations(demo.ledger, demo.export.counts)
    yield f"Expired: {demo.expired.expired} snapshots, {demo.expired.kept} stay. Compaction: {_counts(demo.run.counts)}"
    yield ""
    yield "Asked before taking it as gone:"
    yield f"  {demo.asked}"
    yield "Refused, when asked to remove the held mailbox:"
    yield f"  {demo.refused}"
    yield ""


def demo_data(*, demo: Demo, seconds: float) -> dict[str, object]:
    """Return the screen's figures as data."""
    return {
        "seconds": round(seconds, 1),
        "custodians": demo.custodians,
        "snapshots": demo.snapshots,
        "sides": [asdict(side) for side in demo.sides],
        "ledger": demo.ledger,
        "export": demo.export.counts,
        "expired": asdict(demo.expired),
        "compaction": demo.run.counts,
        "asked": demo.asked,
        "refused": demo.refused,
        "share": {"user_name": demo.opened.share.user_name, "secret": demo.opened.secret},
    }


def _side_by_side(held: Side, unheld: Side) -> Iterator[str]:
    yield f"{'the same mail went to both':<28}{held.name + ' (on hold)':>24}{unheld.name + ' (not)':>24}"
    for label, field in COLUMNS:
        yield f"{label:<28}{getattr(held, field):>24,}{getattr(unheld, field):>24,}"


def _equations(ledger: Mapping[str, int], counts: Mapping[str, int]) -> Iterator[str]:
    yield (
        f"Ledger: not captured {ledger['not_captured']:,}; items found {ledger['items_found']:,}"
        f" = captured {ledger['captured_new']:,}"
        f" (new content) + {ledger['captured_known']:,} (content already stored) + unchanged {ledger['unchanged']:,}"
        f" + excluded {ledger['excluded']:,} + not captured {ledger['not_captured']:,}"
    )
    yield (
        f"Export: collected {counts['collected']:,} = exported {counts['exported']:,} + duplicates {counts['duplicates']:,}"
        f" + withheld {counts['withheld']:,} + not exported {counts['not_exported']:,}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items() if isinstance(number, int) and number
    )
