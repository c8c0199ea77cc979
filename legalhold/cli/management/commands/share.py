"""Opens, extends, lists and revokes shares, and tells what was read, through which counsel reads an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from exports.queries import find_export, verified_line
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.clients import how_to_open
from legalhold.cli.parsing import day
from legalhold.cli.printing import Result, table, when
from webdav.queries import find_share, reads_of, share_state, visible_shares
from webdav.services import extend_share, open_share, revoke_share

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from webdav.models import Share, ShareRead


def _open(call: Call) -> Result:
    given = call.given
    export = find_export(text=given.export, access=call.access)
    opened = open_share(
        export=export,
        reader=given.to,
        ends_on=given.until,
        archive=call.installation.archive,
        access=call.access,
        at=call.at,
    )
    share, url = opened.share, _url()
    lines = [
        f"share of export {export.name} for {share.reader}, until {when(share.ends_at)}",
        f"verified   {verified_line(export=export)}; `export verify` reads every byte",
        f"address    {url}",
        f"user name  {share.user_name}",
        f"password   {opened.secret}",
        "The password is shown only now. Give it to the reader by another way than the address.",
        "",
        *how_to_open(url=url, user_name=share.user_name),
    ]
    return Result("\n".join(lines), {**_data(share, call.at), "url": url, "secret": opened.secret})


def _list(call: Call) -> Result:
    shares = list(visible_shares(access=call.access))
    rows = [
        (
            one.user_name,
            one.export.matter.name,
            one.export.name,
            one.reader,
            share_state(share=one, at=call.at),
            one.ends_at,
        )
        for one in shares
    ]
    empty = "no shares yet; `share open` opens one"
    return Result(
        table(("share", "matter", "export", "reader", "state", "ends"), rows, empty=empty),
        {"shares": [_data(one, call.at) for one in shares]},
    )


def _extend(call: Call) -> Result:
    share = find_share(user_name=call.given.share, access=call.access)
    extended = extend_share(
        share=share, ends_on=call.given.until, archive=call.installation.archive, access=call.access, at=call.at
    )
    return Result(
        f"share {extended.user_name} is open until {when(extended.ends_at)}; its password stays",
        _data(extended, call.at),
    )


def _receipt(call: Call) -> Result:
    share = find_share(user_name=call.given.share, access=call.access)
    reads = list(reads_of(share=share, access=call.access))
    rows = [(one.at, one.client, one.method, one.path or "(ZIP)", one.start, one.stop, one.sent_bytes) for one in reads]
    empty = "nothing was read through it yet"
    titles = ("at", "from", "method", "what", "from byte", "to byte", "sent")
    lines = [
        f"share {share.user_name} of export {share.export.name}, read by {share.reader}",
        table(titles, rows, empty=empty),
    ]
    return Result("\n".join(lines), {**_data(share, call.at), "reads": [_read(one) for one in reads]})


def _read(read: ShareRead) -> dict[str, Any]:
    names = ("at", "client", "method", "path", "digest", "start", "stop", "sent_bytes")
    return {name: getattr(read, name) for name in names}


def _revoke(call: Call) -> Result:
    share = find_share(user_name=call.given.share, access=call.access)
    revoked = revoke_share(share=share, access=call.access, at=call.at)
    return Result(
        f"share {revoked.user_name} is revoked; nothing can be read through it any more", _data(revoked, call.at)
    )


def _url() -> str:
    return (settings.ENVIRONMENT.public_url or "http://127.0.0.1:8081").rstrip("/") + "/dav/"


def _data(share: Share, at: datetime) -> dict[str, Any]:
    return {
        "key": share.key,
        "user_name": share.user_name,
        "export": share.export.key,
        "matter": share.export.matter.key,
        "reader": share.reader,
        "state": share_state(share=share, at=at),
        "opened_at": share.opened_at,
        "ends_at": share.ends_at,
        "revoked_at": share.revoked_at,
    }


def _open_arguments(parser: CommandParser) -> None:
    parser.add_argument("export", metavar="EXPORT", help="an export's name or key")
    parser.add_argument("--to", required=True, metavar="READER", help="who reads it, such as counsel@example.org")
    _until(parser)


def _until(parser: CommandParser) -> None:
    parser.add_argument(
        "--until", required=True, type=day, metavar="DAY", help="its last day, until 24:00 in the matter's time zone"
    )


def _extend_arguments(parser: CommandParser) -> None:
    _which(parser)
    _until(parser)


def _which(parser: CommandParser) -> None:
    parser.add_argument("share", metavar="SHARE", help="a share's user name")


class Command(CommandWithActions):
    help = "Let somebody read an export over WebDAV or with a browser, until a day; `serve` must be running."
    actions = (
        Action("open", "open a share; prints its password once", _open, _open_arguments),
        Action("extend", "let a share be read until a later day, with the password it has", _extend, _extend_arguments),
        Action("list", "list the shares", _list),
        Action("receipt", "list what was read through a share", _receipt, _which),
        Action("revoke", "end a share now, also in the middle of a download", _revoke, _which),
    )
