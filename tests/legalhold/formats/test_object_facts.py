from datetime import UTC, datetime

import pytest

from legalhold.formats import ItemKind
from legalhold.formats.addresses import Mailbox
from legalhold.formats.facts import ItemFacts, Recipient, calendar, contact, read_facts
from legalhold.formats.vcf import read_cards


def test_event_facts(samples):
    facts = read_facts(ItemKind.EVENT, (samples / "ics/single.ics").read_bytes())

    assert facts == ItemFacts(
        subject="Quarterly review",
        names=("Room 2, first floor",),
        message_id="review@samples.example.org",
        start_at=datetime(2024, 3, 14, 9, tzinfo=UTC),
        end_at=datetime(2024, 3, 14, 10, tzinfo=UTC),
        organizer=Mailbox("Adams, Alice", "alice.adams@example.com"),
        attendees=(Mailbox("Bob Brown", "bob.brown@example.com"), Mailbox("", "carla.conti@example.com")),
    )


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (b"DTSTART:20240314T090000Z\nDURATION:PT15M\n", (9, 0), (9, 15)),
        (b"DTSTART;TZID=Europe:20240314T090000\n", (9, 0), (9, 0)),
        (b"DTSTART;TZID=Nowhere/Land:20240314T090000\n", (9, 0), (9, 0)),
        (b"DTSTART:20240314T090000\n", (9, 0), (9, 0)),
        (b"DUE:20240314T090000Z\n", None, (9, 0)),
        (b"DTSTART:never\n", None, None),
    ],
)
def test_event_times(lines, start, end):
    facts = read_facts(ItemKind.TASK, b"BEGIN:VTODO\n" + lines + b"END:VTODO\n")

    assert [at and (at.hour, at.minute) for at in (facts.start_at, facts.end_at)] == [start, end]


def test_event_end_beyond_every_calendar():
    facts = read_facts(ItemKind.EVENT, b"BEGIN:VEVENT\nDTSTART:99991231T000000Z\nDURATION:P9999D\nEND:VEVENT\n")

    assert facts.end_at == facts.start_at


def test_overrides_are_told_behind_their_series():
    override = b"BEGIN:VEVENT\nRECURRENCE-ID:20240314\nSUMMARY:later\nEND:VEVENT\n"
    series = b"BEGIN:VEVENT\nSUMMARY:usual\nEND:VEVENT\n"

    assert read_facts(ItemKind.EVENT, override + series + override).subject == "usual / later"
    assert read_facts(ItemKind.EVENT, override).subject == "later"
    assert read_facts(ItemKind.EVENT, b"BEGIN:VTIMEZONE\nEND:VTIMEZONE\n") == ItemFacts()


def test_facts_of_several_components_are_those_of_all():
    facts = read_facts(
        ItemKind.EVENT,
        b"BEGIN:VEVENT\nSUMMARY:Weekly\nLOCATION:Room 1\nDTSTART:20240108T090000Z\nORGANIZER:mailto:boss@x\nATTENDEE:mailto:a@x\n"
        b"END:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240115T090000Z\nSUMMARY:Fire Bob\nLOCATION:Room 2\n"
        b"DTSTART:20240101T090000Z\nDTEND:20240202T100000Z\nORGANIZER:mailto:deputy@x\nATTENDEE:mailto:a@x\n"
        b"ATTENDEE:mailto:lawyer@y\nEND:VEVENT\n",
    )

    assert facts == ItemFacts(
        subject="Weekly / Fire Bob",
        recipients=(Recipient("sender", "", "deputy@x"),),
        names=("Room 1", "Room 2"),
        message_id="1",
        start_at=datetime(2024, 1, 1, 9, tzinfo=UTC),
        end_at=datetime(2024, 2, 2, 10, tzinfo=UTC),
        organizer=Mailbox("", "boss@x"),
        attendees=(Mailbox("", "a@x"), Mailbox("", "lawyer@y")),
    )


def test_people_of_an_event_are_capped_and_told(monkeypatch):
    monkeypatch.setattr(calendar, "_MAX_VALUES", 2)

    facts = read_facts(
        ItemKind.EVENT, b"BEGIN:VEVENT\n" + b"".join(b"ATTENDEE:%d\n" % n for n in range(3)) + b"END:VEVENT\n"
    )

    assert (len(facts.attendees), facts.exceptions) == (2, ("TOO_LARGE",))


def test_container_tells_what_it_holds_loose():
    events = (
        b"BEGIN:VEVENT\nSUMMARY:alpha\nLOCATION:Room 1\nORGANIZER:mailto:boss@x\nATTENDEE:mailto:a@x\nEND:VEVENT\n"
        b"BEGIN:VEVENT\nUID:1\nSUMMARY:beta\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:gamma\n"
    )

    facts = read_facts(ItemKind.CONTAINER, b"BEGIN:VCALENDAR\n" + events + b"END:VCALENDAR\n")

    assert facts == ItemFacts(
        names=("alpha", "Room 1", "gamma"),
        recipients=(Recipient("sender", "", "boss@x"),),
        attendees=(Mailbox("", "a@x"),),
    )


def test_container_tells_the_cards_without_their_end():
    card = "BEGIN:VCARD\nFN:{0}\nEMAIL:{0}@x\n"

    facts = read_facts(ItemKind.CONTAINER, (card.format("änn") + card.format("bob") + "END:VCARD\n").encode("utf-16"))

    assert facts == ItemFacts(names=("änn",), recipients=(Recipient("contact", "änn", "änn@x"),))


def test_container_of_another_format_tells_nothing():
    assert read_facts(ItemKind.CONTAINER, b"From a@b Thu\nSubject: s\n\n") == ItemFacts()


def test_cards_without_their_end_are_one_item_that_tells_all():
    card = b"BEGIN:VCARD\nFN:%s\nEMAIL:%s@x\n"

    facts = read_facts(ItemKind.CONTACT, card % (b"ann", b"ann") + card % (b"bob", b"bob"))

    assert facts == ItemFacts(
        subject="ann",
        names=("ann", "bob"),
        recipients=(Recipient("contact", "ann", "ann@x"), Recipient("contact", "bob", "bob@x")),
        exceptions=("TRUNCATED",),
    )


def test_addresses_of_a_card_are_capped_and_told(monkeypatch):
    monkeypatch.setattr(contact, "_MAX_VALUES", 2)

    facts = read_facts(
        ItemKind.CONTACT, b"BEGIN:VCARD\n" + b"".join(b"EMAIL:%d\n" % n for n in range(3)) + b"END:VCARD\n"
    )

    assert (len(facts.recipients), facts.exceptions) == (2, ("TOO_LARGE",))


def test_contact_facts(samples):
    data = (samples / "vcf/team.vcf").read_bytes()
    cards = [data[card.start : card.end] for card in read_cards(data).cards]

    facts = [read_facts(ItemKind.CONTACT, card) for card in cards]

    assert facts[0] == ItemFacts(
        subject="Bob Brown",
        names=("Bob Brown", "Brown Bob"),
        recipients=(Recipient("contact", "Bob Brown", "bob.brown@example.com"),),
        message_id="urn:uuid:00000000-0000-4000-8000-000000000001",
    )
    assert facts[1].names == ("Ada Größe", "Größe Ada")
    assert facts[2].recipients == (
        Recipient("contact", "Conti Carla", "carla.conti@example.com"),
        Recipient("contact", "Agent Anna", "anna@example.org"),
    )
    assert facts[3].recipients == (Recipient("contact", "No N at all", "non@example.org"),)


def test_contact_in_utf_16(samples):
    data = "\ufeffBEGIN:VCARD\r\nFN:Jürgen 日本\r\nEND:VCARD\r\n".encode("utf-16-be")

    assert read_facts(ItemKind.CONTACT, data).subject == "Jürgen 日本"
    assert read_facts(ItemKind.CONTACT, data[2:]).subject == "Jürgen 日本"
    assert read_facts(ItemKind.CONTACT, b"no card") == ItemFacts(exceptions=("PARSE_ERROR",))


def test_contact_with_a_charset():
    card = b"BEGIN:VCARD\nFN;CHARSET=ISO-8859-1:J\xfcrgen\nEND:VCARD\n"

    assert read_facts(ItemKind.CONTACT, card).subject == "Jürgen"


def test_contact_with_a_charset_that_nobody_knows_is_marked():
    card = b"BEGIN:VCARD\nFN;CHARSET=X-NONE:J\xfcrgen\nEND:VCARD\n"

    assert read_facts(ItemKind.CONTACT, card) == ItemFacts(
        subject="Jürgen", names=("Jürgen",), exceptions=("UNKNOWN_CHARSET",)
    )
