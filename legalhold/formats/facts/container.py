"""The facts of what a calendar or contact file holds loose: no item of its own tells them."""

from collections.abc import Callable

from legalhold.formats.facts.calendar import calendar_facts
from legalhold.formats.facts.contact import contact_facts
from legalhold.formats.facts.item import ItemFacts, Recipient
from legalhold.formats.ics import looks_like_calendar, read_calendar
from legalhold.formats.vcf import looks_like_cards, read_cards

_SNIFFED_BYTES = 4096
_Ranges = tuple[tuple[int, int], ...]


def container_facts(data: bytes) -> ItemFacts:
    """Gather words and people of the components that are no items; a container has no date or title of theirs."""
    head = data[:_SNIFFED_BYTES]
    if looks_like_calendar(head):
        return _gathered(data, read_calendar(data).loose, calendar_facts)
    if looks_like_cards(head):
        return _gathered(data, read_cards(data).loose, contact_facts)
    return ItemFacts()


def _gathered(data: bytes, ranges: _Ranges, read: Callable[[bytes], ItemFacts]) -> ItemFacts:
    found = [read(data[start:end]) for start, end in ranges]
    names = (name for facts in found for name in (facts.subject, *facts.names) if name)
    people = (person for facts in found for person in (*_organizer(facts), *facts.recipients))
    attendees = (person for facts in found for person in facts.attendees)
    return ItemFacts(
        names=tuple(dict.fromkeys(names)),
        recipients=tuple(dict.fromkeys(people)),
        attendees=tuple(dict.fromkeys(attendees)),
    )


def _organizer(facts: ItemFacts) -> list[Recipient]:
    return [Recipient("sender", *facts.organizer)] if facts.organizer else []
