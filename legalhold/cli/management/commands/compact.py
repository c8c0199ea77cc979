"""Destroys what nothing keeps any more, as a plan says that is printed first; releases that are over take effect before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.assurance.compacting import compact, plan_compaction
from legalhold.catalog.destruction.safety import GRACE
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.parsing import add_confirm, duration
from legalhold.cli.printing import Result, count, length, size, table

if TYPE_CHECKING:
    from datetime import timedelta

    from django.core.management.base import CommandParser

    from legalhold.catalog.destruction import Plan
    from legalhold.catalog.models import CompactionRun


class Command(HouseCommand):
    help = "Condemn what no snapshot and no hold keeps, and destroy what was condemned longer ago than the grace."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--plan", action="store_true", help="only say what would go, and what stays because of which hold"
        )
        parser.add_argument(
            "--full", action="store_true", help="rewrite every pack that holds anything dead, however little"
        )
        parser.add_argument(
            "--grace",
            type=duration,
            default=GRACE,
            metavar="TIME",
            help=f"between condemning and destroying ({GRACE.days}d)",
        )
        add_confirm(parser)

    def run(self, call: Call) -> Result:
        installation, given = call.installation, call.given
        scope: dict[str, Any] = {"is_full": given.full, "grace": given.grace, "access": call.access, "at": call.at}
        scope |= {"newest_sealed_at": installation.newest_sealed_at()}
        if given.plan:
            planned = plan_compaction(reading=installation.reading(), **scope)
            return Result(_plan_text(planned), _plan_data(planned))
        done = compact(archive=installation.archive, read_clock=installation.reading, approval=call.approval, **scope)
        data = {**_plan_data(done.plan), **_run_data(done.run), "releases_ended": done.releases_ended}
        text = _run_text(done.plan, done.run, done.releases_ended)
        return Result("\n".join([text, *_next_lines(done.run, given.grace)]), data)


def _plan_text(planned: Plan) -> str:
    rows = [
        (share.title, share.versions, share.condemned, share.destroyed, share.is_removed)
        for share in planned.sources
        if share.condemned or share.destroyed
    ]
    lines = [
        (
            f"would condemn {count(len(planned.condemns), 'version')} and destroy {len(planned.destroys):,}"
            f" of {count(planned.version_count, 'version')}"
        ),
        table(("source", "versions", "condemned", "destroyed", "removed"), rows, empty="nothing would go"),
        "",
        *_kept_lines(planned),
        *(f"a person must agree, because {reason}" for reason in planned.asks),
        f"digest {planned.digest}",
    ]
    return "\n".join(lines)


def _kept_lines(planned: Plan) -> list[str]:
    rows = [
        (kept.label, kept.owner.partition(":")[0], kept.versions, size(kept.size_bytes)) for kept in planned.kept_by
    ]
    stay = "stays" if planned.held_versions == 1 else "stay"
    held = f"{count(planned.held_versions, 'version')} ({size(planned.held_bytes)}) {stay}"
    return [
        f"{held} only because of holds and other pins",
        table(("kept by", "which is a", "versions", "size"), rows, empty="no pin keeps anything that would go"),
    ]


def _run_text(planned: Plan, done: CompactionRun, ended: int) -> str:
    counts = [(name.replace("_", " "), number) for name, number in sorted(done.counts.items())]
    lines = [
        (
            f"compaction {done.state}: {count(done.counts.get('versions_destroyed', 0), 'version')} destroyed,"
            f" {done.counts.get('versions_condemned', 0):,} condemned"
        ),
        *([f"{count(ended, 'release')} took effect before it"] if ended else []),
        table(("counted", "number"), counts, empty="nothing was to be done"),
        "",
        *_kept_lines(planned),
    ]
    return "\n".join(lines)


def _next_lines(done: CompactionRun, grace: timedelta) -> list[str]:
    condemned = done.counts.get("versions_condemned", 0)
    if not condemned or not grace:
        return []
    later = f"`compact` after {length(grace)} of counted time destroys what was condemned"
    return [f"next: {later}, {count(condemned, 'version')} now; what is held or kept by then stays"]


def _plan_data(planned: Plan) -> dict[str, Any]:
    return {
        "digest": planned.digest,
        "is_full": planned.is_full,
        "grace_seconds": planned.grace_seconds,
        "condemns": len(planned.condemns),
        "destroys": len(planned.destroys),
        "versions": planned.version_count,
        "held_versions": planned.held_versions,
        "held_bytes": planned.held_bytes,
        "sources": [share._asdict() for share in planned.sources],
        "kept_by": [kept._asdict() for kept in planned.kept_by],
        "asks": planned.asks,
    }


def _run_data(done: CompactionRun) -> dict[str, Any]:
    return {
        "run": done.key,
        "state": done.state,
        "counts": done.counts,
        "started_at": done.started_at,
        "finished_at": done.finished_at,
    }
