"""Makes exports of collections and holds, shows and verifies them, and writes them to a folder or a ZIP file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from exports.queries import find_export, ledger_lines, not_exported, open_export, verified_line, visible_exports
from exports.services import create_export, create_export_of_hold, verify_export, write_export, zip_export
from exports.writers.verify import verify_folder
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.parsing import UsedWrongly
from legalhold.cli.printing import Result, count, pairs, shown, size, table
from legalhold.cli.writing import write_file
from legalhold.custodians.queries import find_custodian
from legalhold.holds.queries import find_hold
from legalhold.matters.queries import find_matter
from legalhold.review.queries import find_collection

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from exports.models import Export
    from exports.writers.verify import Verification
    from exports.writers.zip64 import ZipFile
    from legalhold.cli.command import Call


def _create(call: Call) -> Result:
    given = call.given
    common = {
        "name": given.name,
        "archive": call.installation.archive,
        "access": call.access,
        "at": call.at,
        "zone": given.zone,
        "shows_scope": given.show_scope,
        "now": call.installation.now,
    }
    if given.collection and given.custodian:
        raise UsedWrongly(
            "--custodian goes with --hold: a collection is exported whole; save a narrower one to export less"
        )
    if given.collection:
        export = create_export(collection=find_collection(text=given.collection, access=call.access), **common)
    else:
        hold = find_hold(text=given.hold, access=call.access)
        person = find_custodian(text=given.custodian) if given.custodian else None
        export = create_export_of_hold(hold=hold, custodian=person, **common)
    return Result(_text(export), _data(export))


def _list(call: Call) -> Result:
    matter = find_matter(text=call.given.matter, access=call.access) if call.given.matter else None
    found = list(visible_exports(access=call.access, matter=matter))
    rows = [(one.matter.name, one.name, one.state, one.files, size(one.size_bytes), one.created_at) for one in found]
    empty = "no exports yet; `export create` makes one"
    return Result(
        table(("matter", "export", "state", "files", "size", "created"), rows, empty=empty),
        {"exports": [_data(one) for one in found]},
    )


def _show(call: Call) -> Result:
    export = find_export(text=call.given.export, access=call.access)
    left = not_exported(export=export, access=call.access)
    lines = [
        _text(export),
        *(f"not exported: {shown(one.path) or 'an item that is gone'}: {one.reason}" for one in left),
    ]
    return Result("\n".join(lines), {**_data(export), "not_exported": [one._asdict() for one in left]})


def _verify(call: Call) -> Result:
    export = find_export(text=call.given.export, access=call.access)
    archive, folder = call.installation.archive, call.given.folder
    if folder is not None:
        tree = open_export(export=export, archive=archive, access=call.access)
        return _verified(export, verify_folder(tree=tree, folder=folder), str(folder))
    done = verify_export(export=export, archive=archive, access=call.access, at=call.at)
    return _verified(export, done, "the archive")


def _write(call: Call) -> Result:
    export = find_export(text=call.given.export, access=call.access)

    def progress(files: int, size_bytes: int) -> None:
        call.progress.tell(items=files, size_bytes=size_bytes, total=export.files, noun="files")

    done = write_export(
        export=export, folder=call.given.folder.absolute(), archive=call.installation.archive, access=call.access,
        now=call.installation.now, progress=progress,
    )  # fmt: skip
    text = (
        f"export {export.name} is in {call.given.folder}: {count(done.written, 'file')} written, {done.kept:,} were there,"
        f" {size(done.bytes)}, every digest checked"
    )
    lines = [text]
    if done.missing:
        lines.append(f"{count(len(done.missing), 'file')} could NOT be written; `archive verify` tells more:")
        lines += [f"  {one.path}: {one.reason}" for one in done.missing]
    data = {**_data(export), "folder": str(call.given.folder), "written": done.written, "kept": done.kept}
    missing = [{"path": one.path, "reason": one.reason} for one in done.missing]
    return Result("\n".join(lines), data | {"missing": missing}, is_good=not done.missing)


def _zip(call: Call) -> Result:
    export, path = find_export(text=call.given.export, access=call.access), call.given.file
    sizes: list[int] = []

    def write(body: ZipFile) -> str:
        sizes.append(body.size_bytes)

        def progress(done: int) -> None:
            call.progress.tell(items=done, size_bytes=done, total=body.size_bytes, noun="bytes")

        return write_file(path=path, blocks=body.open(), progress=progress)

    digest = zip_export(
        export=export, path=path.absolute(), write=write, archive=call.installation.archive, access=call.access,
        now=call.installation.now,
    )  # fmt: skip
    text = f"export {export.name} is in {path}: {size(sizes[0])}, SHA-256 {digest}"
    return Result(text, {**_data(export), "file": str(path), "zip_bytes": sizes[0], "sha256": digest})


def _verified(export: Export, done: Verification, where: str) -> Result:
    lines = [
        f"{count(len(done.findings), 'finding')} in {count(done.files, 'file')} ({size(done.bytes)}) of {export.name} in {where}"
    ]
    lines += [f"  {one.path}: {one.reason}" for one in done.findings]
    lines.append(f"export {export.name}: {verified_line(export=export)}")
    findings = [{"path": one.path, "reason": one.reason} for one in done.findings]
    data = {
        "export": export.key,
        "files": done.files,
        "size_bytes": done.bytes,
        "is_good": done.is_good,
        "findings": findings,
        "verified_at": export.verified_at,
    }
    return Result("\n".join(lines), data, is_good=done.is_good)


def _text(export: Export) -> str:
    head = pairs(
        [
            ("export", export.name),
            ("key", export.key),
            ("matter", export.matter.name),
            ("collection", export.collection.name),
            ("layout", f"{export.get_layout_display()}, times in {export.zone}"),
            ("state", f"{export.get_state_display()}, {verified_line(export=export)}"),
            ("files", export.files),
            ("size", size(export.size_bytes)),
            ("manifest", bytes(export.manifest_digest or b"").hex() or "–"),
        ]
    )
    return "\n".join([head, "", *(ledger_lines(export=export) if export.counts else [])])


def _data(export: Export) -> dict[str, Any]:
    return {
        "key": export.key,
        "name": export.name,
        "matter": export.matter.key,
        "collection": export.collection.key,
        "layout": export.layout,
        "zone": export.zone,
        "state": export.state,
        "files": export.files,
        "size_bytes": export.size_bytes,
        "counts": export.counts,
        "verified_at": export.verified_at,
        "verify_findings": export.findings,
        "manifest_digest": bytes(export.manifest_digest or b"").hex(),
        "created_at": export.created_at,
    }


def _create_arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the export is called")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--collection", metavar="COLLECTION", help="export a collection, by its name or key")
    what.add_argument("--hold", metavar="HOLD", help="export everything ever captured of a hold")
    parser.add_argument("--custodian", metavar="WHO", help="of the hold, only this custodian's")
    parser.add_argument(
        "--zone", default="", metavar="ZONE", help="the time zone of all times shown; the matter's if not given"
    )
    parser.add_argument(
        "--show-scope",
        action="store_true",
        help="tell readers in READ ME FIRST what was selected: the hold's name or the query, which may be privileged",
    )


def _of_matter(parser: CommandParser) -> None:
    parser.add_argument("--matter", metavar="MATTER", help="only those of one matter")


def _which(parser: CommandParser) -> None:
    parser.add_argument("export", metavar="EXPORT", help="an export's name or key")


def _verify_arguments(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="compare this written folder, not the archive")


def _write_arguments(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a new or empty folder, or one that an earlier run began"
    )


def _zip_arguments(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="a new file")


class Command(CommandWithActions):
    help = "Make exports: frozen manifests over the archive that are served, written to a folder, or streamed as a ZIP."
    actions = (
        Action("create", "make an export of a collection or a hold", _create, _create_arguments),
        Action("list", "list the exports", _list, _of_matter),
        Action("show", "show an export and its ledger", _show, _which),
        Action("verify", "read every file and compare its digest", _verify, _verify_arguments),
        Action("write", "write an export to a folder; goes on where an earlier run stopped", _write, _write_arguments),
        Action("zip", "write an export as one ZIP file", _zip, _zip_arguments),
    )
