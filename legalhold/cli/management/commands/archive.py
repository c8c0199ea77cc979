"""Verifies and measures the archive, makes the catalog anew from it, and ends the freeze after that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from legalhold.assurance.confirming import confirm_head
from legalhold.assurance.measuring import measure_archive
from legalhold.assurance.rebuilding import rebuild
from legalhold.assurance.verifying import verify_archive
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.printing import Result, count, pairs, size
from legalhold.review.indexing import index_pending

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call


def _verify(call: Call) -> Result:
    def progress(packs: int, size_bytes: int, total: int) -> None:
        call.progress.tell(items=packs, size_bytes=size_bytes, total=total, noun="packs")

    done = verify_archive(archive=call.installation.archive, is_full=call.given.full, progress=progress)
    lines = [
        (
            f"{count(len(done.damages), 'damage')} in {count(done.packs, 'pack')} ({size(done.size_bytes)}),"
            f" {count(done.parts, 'part')} and {count(done.journal_objects, 'journal object')}"
            f"{', every part decompressed and hashed' if call.given.full else ', every seal checked'}"
        )
    ]
    lines += [f"  {damage}" for damage in done.damages]
    lines += [f"frozen: {done.frozen_because}"] if done.frozen_because else []
    lines += [f"a file that no catalog row names (left as it is): {name}" for name in done.strays]
    lines += [
        f"a file that is being written, or was left half written (removed later): {name}" for name in done.unfinished
    ]
    data = {**asdict(done), "damages": [asdict(damage) for damage in done.damages], "is_good": done.is_good}
    return Result("\n".join(lines), data, is_good=done.is_good)


def _stats(call: Call) -> Result:
    stats = measure_archive(archive=call.installation.archive)
    text = pairs(
        [
            ("data sources", stats.sources),
            ("snapshots", stats.snapshots),
            ("versions", f"{stats.versions:,} ({size(stats.captured_bytes)} captured)"),
            ("contents", f"{stats.contents:,} ({size(stats.content_bytes)}, each once)"),
            ("parts", stats.parts),
            ("packs", f"{stats.packs:,} ({size(stats.pack_bytes)} on disk)"),
            ("destroyed", count(stats.tombstones, "version")),
            ("journal", f"object {stats.journal.sequence}, digest {stats.journal.digest}"),
            ("not yet in it", count(stats.journal.unwritten, "entry", "entries")),
            ("frozen", stats.journal.frozen_because or "no"),
        ]
    )
    return Result(text, asdict(stats))


def _rebuild(call: Call) -> Result:
    done = rebuild(
        archive=call.installation.archive, by=call.installation.actor, at=call.at, progress=call.progress.say
    )
    index_pending(at=call.at)
    return Result("\n".join(done.lines()), {**asdict(done), "is_good": done.is_good}, is_good=done.is_good)


def _confirm(call: Call) -> Result:
    given = call.given
    confirm_head(
        archive=call.installation.archive, digest=given.digest, losses=given.losses, access=call.access, at=call.at
    )
    text = "the journal's head is confirmed: holds, captures and compaction go on"
    return Result(text, {"digest": given.digest})


def _full(parser: CommandParser) -> None:
    parser.add_argument("--full", action="store_true", help="also decompress and hash every part")


def _digest(parser: CommandParser) -> None:
    parser.add_argument("digest", metavar="DIGEST", help="of the newest journal object, from where you keep it")
    parser.add_argument(
        "--losses",
        default="",
        metavar="DIGEST",
        help="of what the rebuild lost, as the refusal names it: you know of it",
    )


class Command(CommandWithActions):
    help = "Verify and measure the archive, or make the catalog anew from it."
    actions = (
        Action(
            "verify", "check every pack, the journal, and that nothing the catalog names is missing", _verify, _full
        ),
        Action("rebuild", "make an empty catalog anew from the archive alone; frozen until confirmed", _rebuild),
        Action("confirm", "end the freeze, once the journal's head was compared with a copy", _confirm, _digest),
        Action("stats", "show how much is kept, and in how many bytes", _stats),
    )
