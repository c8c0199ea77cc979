"""The facts of a message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote_to_bytes

from legalhold.formats import exceptions
from legalhold.formats.addresses import MAX_MAILBOXES, Mailbox, parse_mailboxes
from legalhold.formats.charsets import decode_bytes
from legalhold.formats.eml import SCANNED_BYTES, MailScan, scan_mail
from legalhold.formats.facts.fields import read_fields
from legalhold.formats.facts.item import Attachment, ItemFacts, Recipient
from legalhold.formats.headers import MAX_FIELD_BYTES, decode_text, header_of, with_newlines
from legalhold.formats.mail_dates import parse_mail_date
from legalhold.formats.mime import MimePart, walk_mime

_ROLES = ("reply-to", "to", "cc", "bcc")
_MAX_ATTACHMENTS = 1000
_MAX_CONTINUATIONS = 32


def message_facts(data: bytes, *, scan: MailScan | None = None) -> ItemFacts:
    """Read a message's facts; `scan` is what `scan_mail` told of exactly these bytes, where it has. Never raises."""
    data = with_newlines(data[:SCANNED_BYTES])
    header = data[: header_of(data).end]
    if header.startswith(b"From "):
        header = header.partition(b"\n")[2]
    fields = read_fields(header)
    scan = scan or scan_mail(data)
    senders = list(dict.fromkeys(_mailboxes(fields, "from") + _mailboxes(fields, "sender")))
    recipients = [Recipient("sender", *mailbox) for mailbox in senders[1:]]
    recipients += [Recipient(role, *mailbox) for role in _ROLES for mailbox in _mailboxes(fields, role)]
    marks = set(scan.exceptions)
    if len(recipients) >= MAX_MAILBOXES:  # a list is cut at as many, so more can't be told from exactly as many
        marks.add(exceptions.TOO_LARGE)
    return ItemFacts(
        subject=decode_text(_first(fields, "subject")),
        sender=senders[0] if senders else None,
        recipients=tuple(recipients[:MAX_MAILBOXES]),
        message_id=decode_text(_first(fields, "message-id")),
        in_reply_to=decode_text(_first(fields, "in-reply-to")),
        sent_at=_date(_first(fields, "date")),
        attachments=_attachments(_parts(data, header, scan)),
        exceptions=tuple(sorted(marks)),
    )


def _mailboxes(fields: Mapping[str, Sequence[bytes]], name: str) -> list[Mailbox]:
    return [mailbox for value in fields.get(name, ()) for mailbox in parse_mailboxes(value)]


def _first(fields: Mapping[str, Sequence[bytes]], name: str) -> bytes:
    values = fields.get(name)
    return values[0][:MAX_FIELD_BYTES] if values else b""


def _date(value: bytes) -> datetime | None:
    date = parse_mail_date(value)
    return date.at if date else None


def _parts(data: bytes, header: bytes, scan: MailScan) -> Sequence[MimePart]:
    """Give the parts that may be attachments, found once if the scan has; plain text without a disposition has none."""
    if scan.parts is not None:
        return scan.parts
    return walk_mime(data).parts if b"content-disposition" in header.lower() else ()


def _attachments(parts: Sequence[MimePart]) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for part in parts:
        if part.media_type.startswith("multipart/"):
            continue
        name = _file_name(part)
        if name or part.is_attachment or (part.depth and part.media_type == "message/rfc822"):
            found.append(Attachment(name, part.media_type, part.end - part.start))
        if len(found) >= _MAX_ATTACHMENTS:
            break
    return tuple(found)


def _file_name(part: MimePart) -> str:
    """Give an attachment's name: from its disposition, else from its type; RFC 2231 forms understood."""
    for parameters, name in ((part.disposition, "filename"), (part.parameters, "name")):
        raw = parameters.get(name + "*")
        if raw is not None:
            return _extended(raw)
        if name in parameters:
            return decode_text(parameters[name])
        pieces = _continued(parameters, name)
        if pieces:
            return pieces
    return ""


def _continued(parameters: dict[str, bytes], name: str) -> str:
    """Join `name*0`, `name*1*`, … (RFC 2231 §3)."""
    raw = b""
    is_extended = f"{name}*0*" in parameters
    for number in range(_MAX_CONTINUATIONS):
        piece = parameters.get(f"{name}*{number}*", parameters.get(f"{name}*{number}"))
        if piece is None:
            break
        raw += piece
    return _extended(raw) if is_extended else decode_text(raw)


def _extended(raw: bytes) -> str:
    """Decode `charset'language'percent-encoded` (RFC 2231 §4)."""
    charset, quote, rest = raw.partition(b"'")
    if not quote:
        return decode_text(unquote_to_bytes(raw))
    text = decode_bytes(unquote_to_bytes(rest.partition(b"'")[2]), charset=charset[:64].decode("ascii", "replace"))
    return decode_text(text.encode("utf-8", "replace"))
