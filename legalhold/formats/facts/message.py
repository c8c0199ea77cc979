"""The facts of a message. The header is read by the standard library's compat32 parser; its newer policies can hang."""

from datetime import datetime
from email.header import Header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from urllib.parse import unquote_to_bytes

from legalhold.formats import exceptions
from legalhold.formats.addresses import MAX_MAILBOXES, parse_mailboxes
from legalhold.formats.eml import SCANNED_BYTES, scan_mail
from legalhold.formats.facts.item import Attachment, ItemFacts, Recipient
from legalhold.formats.headers import MAX_FIELD_BYTES, decode_bytes, decode_text, header_of, with_newlines
from legalhold.formats.mail_dates import parse_mail_date
from legalhold.formats.mime import MimePart, walk_mime

_ROLES = ("to", "cc", "bcc")
_MAX_ATTACHMENTS = 1000
_MAX_CONTINUATIONS = 32
_PARSER = BytesParser(policy=compat32)


def message_facts(data: bytes) -> ItemFacts:
    """Read a message's facts. Never raises."""
    data = with_newlines(data[:SCANNED_BYTES])
    header = data[: header_of(data)[0]]
    if header.startswith(b"From "):
        header = header.partition(b"\n")[2]
    message: Message = _PARSER.parsebytes(header, headersonly=True)
    recipients = [
        Recipient(role, *mailbox)
        for role in _ROLES
        for value in _values(message, role)
        for mailbox in parse_mailboxes(value)
    ]
    marks = set(scan_mail(data).exceptions)
    if len(recipients) > MAX_MAILBOXES:
        marks.add(exceptions.TOO_LARGE)
    senders = [mailbox for name in ("from", "sender") for v in _values(message, name) for mailbox in parse_mailboxes(v)]
    return ItemFacts(
        subject=decode_text(_first(message, "subject")),
        sender=senders[0] if senders else None,
        recipients=tuple(recipients[:MAX_MAILBOXES]),
        message_id=decode_text(_first(message, "message-id")),
        in_reply_to=decode_text(_first(message, "in-reply-to")),
        sent_at=_date(_first(message, "date")),
        received_at=_date(_first(message, "received").rpartition(b";")[2]),
        attachments=_attachments(data),
        exceptions=tuple(sorted(marks)),
    )


def _values(message: Message, name: str) -> list[bytes]:
    """Give a field's values as the bytes that were read, unfolded."""
    return [_raw(value) for key, value in message.raw_items() if key.lower() == name]


def _raw(value: str | Header) -> bytes:
    text = str(value).replace("\r", "").replace("\n", "")
    return text.encode("utf-8", "surrogateescape").strip()


def _first(message: Message, name: str) -> bytes:
    values = _values(message, name)
    return values[0][:MAX_FIELD_BYTES] if values else b""


def _date(value: bytes) -> datetime | None:
    date = parse_mail_date(value)
    return date.at if date else None


def _attachments(data: bytes) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for part in walk_mime(data).parts:
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
