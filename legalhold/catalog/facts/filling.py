"""Reads facts from contents and writes them as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from legalhold.database import rows
from legalhold.database.fields import micros_or_none
from legalhold.formats import ItemKind
from legalhold.formats.facts import ItemFacts, read_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from legalhold.formats.eml import MailScan
    from legalhold.formats.facts import Mailbox

KINDS_WITH_FACTS = frozenset({ItemKind.MESSAGE, ItemKind.EVENT, ItemKind.TASK, ItemKind.NOTE, ItemKind.CONTACT})

TELLING_KINDS = KINDS_WITH_FACTS | {ItemKind.CONTAINER}
"""With those that tell only of what none of their items does: nothing, as a rule."""

COLUMNS = (
    "content_id",
    "subject",
    "sender",
    "recipients",
    "names",
    "message_id",
    "in_reply_to",
    "sent_at",
    "start_at",
    "end_at",
    "attachments",
    "exceptions",
)

NOTHING = ItemFacts()

FactsRow = tuple[Any, ...]
"""The values of ``COLUMNS`` after the content's id."""


def facts_row(*, kind: ItemKind, data: bytes, scan: MailScan | None = None) -> FactsRow | None:
    """Return what to write of an item with these bytes (or these first bytes); None where nothing is told.

    ``scan`` is what a look at exactly these bytes told, if they are a message's and somebody has looked.
    """
    if kind not in TELLING_KINDS:
        return None
    facts = read_facts(kind, data, scan=scan)
    if kind not in KINDS_WITH_FACTS and facts == NOTHING:
        return None
    recipients = [[each.role, each.name, each.address] for each in facts.recipients]
    recipients += [["attendee", each.name, each.address] for each in facts.attendees]
    sender = facts.sender or facts.organizer
    return (
        _clean(facts.subject),
        _clean(_mailbox(sender)) if sender else "",
        _json(recipients),
        _json(list(facts.names)),
        _clean(facts.message_id),
        _clean(facts.in_reply_to),
        micros_or_none(facts.sent_at),
        micros_or_none(facts.start_at),
        micros_or_none(facts.end_at),
        _json([[each.name, each.media_type, each.encoded_bytes] for each in facts.attachments]),
        ",".join(facts.exceptions),
    )


def insert_facts(*, facts: Iterable[tuple[int, FactsRow]]) -> None:
    """Insert facts by content id; those that are there stay. Joins the caller's transaction."""
    names = ", ".join(COLUMNS)
    marks = ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO catalog_itemfacts ({names}) VALUES ({marks}) ON CONFLICT (content_id) DO NOTHING",
            [(content_id, *values) for content_id, values in facts],
        )


def digests_with_facts(*, digests: Sequence[bytes]) -> set[bytes]:
    """Return those of the contents that have facts already."""
    found: set[bytes] = set()
    for marks, chunk in rows.in_chunks(digests):
        select = (
            "SELECT c.content_digest FROM catalog_content c JOIN catalog_itemfacts f ON f.content_id = c.id"
            f" WHERE c.content_digest IN ({marks})"
        )
        found |= {bytes(digest) for (digest,) in rows.fetch(select, chunk)}
    return found


def _mailbox(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address


def _clean(text: str) -> str:
    """Replace what PostgreSQL's text can't hold: NUL, and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _json(value: list[Any]) -> str:
    if not value:
        return "[]"
    return _clean(json.dumps(value, ensure_ascii=False)).replace("\\u0000", "\ufffd")
