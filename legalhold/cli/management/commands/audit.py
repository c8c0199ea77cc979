"""Verifies the audit trail, and writes it to a file that anybody can verify offline."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from legalhold.audit.anchors import AnchorUnwritable, read_file, read_journal
from legalhold.audit.exporting import export_trail
from legalhold.audit.proofs import is_proven, prove_event, receipt_bytes
from legalhold.audit.services import verify
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.printing import Result, count, when
from legalhold.cli.writing import write_file

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.audit.verification import AuditVerification
    from legalhold.cli.command import Call

WITHOUT_ANCHOR: Final = (
    "no anchor outside the archive was given: whoever can write to both database and archive isn't seen"
)


def _verify(call: Call) -> Result:
    installation, given = call.installation, call.given
    files = [
        path
        for path in (installation.anchor, *given.anchor)
        if path is not None and (path.exists() or path in given.anchor)
    ]
    anchors = chain(read_journal(archive=installation.archive), *(read_file(path=path) for path in files))
    done = verify(public=installation.signing_key.public, anchors=anchors, configured=installation.anchor)
    lines = [
        (
            f"{count(len(done.findings), 'finding')} in {count(done.sealed, 'sealed event')}"
            f" under {count(done.heads, 'signed head')},"
            f" compared with {count(done.anchors, 'anchored head')}; {done.unsealed:,} not sealed yet"
        ),
        *([_begun_anew(done)] if done.begun_anew_at else []),
        *(f"  {finding.what}" for finding in done.findings),
        *([] if files else [WITHOUT_ANCHOR]),
    ]
    empty = [str(path) for path in files if not path.stat().st_size]
    lines += [f"  {path} keeps no head: nothing could be compared with it" for path in empty]
    findings = [{"position": finding.position, "what": finding.what} for finding in done.findings]
    data: dict[str, Any] = {
        "sealed": done.sealed,
        "unsealed": done.unsealed,
        "heads": done.heads,
        "anchors": done.anchors,
    }
    data |= {"begun_anew_at": done.begun_anew_at, "earlier_anchors": done.earlier}
    is_good = done.is_good and not empty
    return Result("\n".join(lines), {**data, "is_good": is_good, "findings": findings, "empty": empty}, is_good=is_good)


def _begun_anew(done: AuditVerification) -> str:
    return (
        f"the trail was begun anew when the catalog was rebuilt, {when(done.begun_anew_at)}:"
        f" {count(done.earlier, 'anchored head')} of the trail before it could be checked for the signature alone;"
        " compare them with your export of that trail"
    )


def _export(call: Call) -> Result:
    file, warning = call.given.file, ""
    try:
        call.installation.seal()
    except AnchorUnwritable as error:  # the trail is sealed; only its copy is not
        warning = str(error)
    digest = write_file(path=file, blocks=export_trail(public=call.installation.signing_key.public))
    public = call.installation.signing_key.public.hex()
    text = f"the trail is in {file}, SHA-256 {digest}; check it with legalhold/standalone/verify_audit.py, public key {public}"
    return Result(text, {"file": str(file), "sha256": digest, "public_key": public}, warning=warning)


def _prove(call: Call) -> Result:
    given, public = call.given, call.installation.signing_key.public
    with suppress(AnchorUnwritable):
        call.installation.seal()
    receipt = prove_event(key=given.event)
    if not is_proven(receipt=receipt, public=public):
        return Result("the trail doesn't prove this event; `audit verify` says why", {"is_good": False}, is_good=False)
    digest = write_file(path=given.file, blocks=[receipt_bytes(receipt=receipt)])
    tool = "legalhold/standalone/verify_event.py"
    text = f"the proof is in {given.file}, SHA-256 {digest}; check it with {tool}, public key {public.hex()}"
    data = {"is_good": True, "file": str(given.file), "sha256": digest, "position": receipt.position}
    return Result(text, {**data, "public_key": public.hex()})


def _event(parser: CommandParser) -> None:
    parser.add_argument("event", type=UUID, metavar="EVENT", help="an event's key, as an exported trail shows it")
    _file(parser)


def _anchors(parser: CommandParser) -> None:
    text = "a copy of signed heads kept elsewhere; LEGALHOLD_ANCHOR and the journal are always compared"
    parser.add_argument("--anchor", type=Path, action="append", default=[], metavar="FILE", help=text)


def _file(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file")


class Command(CommandWithActions):
    help = "Verify the audit trail, or write it out."
    actions = (
        Action("verify", "compare every event with the signed heads and their copies", _verify, _anchors),
        Action("export", "write the trail to a file that can be checked without this program", _export, _file),
        Action("prove", "write a proof that an event is under the newest signed head", _prove, _event),
    )
