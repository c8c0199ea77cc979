from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import ItemKind, addresses, headers
from legalhold.formats.addresses import Mailbox, parse_mailboxes
from legalhold.formats.facts import Attachment, ItemFacts, Recipient, message, read_facts
from legalhold.formats.mbox import index_mbox, read_messages


@pytest.fixture
def held(samples):
    with (samples / "mail/held.mbox").open("rb") as source:
        return [m.data for m in read_messages(source=source, index=index_mbox(source))[1]]


def test_message_facts(held):
    facts = read_facts(ItemKind.MESSAGE, held[3])

    assert facts == ItemFacts(
        subject="Contract draft",
        sender=Mailbox("Carla Conti", "carla.conti@example.com"),
        recipients=(
            Recipient("to", "Alice Adams", "alice.adams@example.com"),
            Recipient("to", "Bob Brown", "bob.brown@example.com"),
        ),
        message_id="<0004@samples.example.org>",
        sent_at=datetime(2024, 4, 2, 8, 32, tzinfo=UTC),
        attachments=(Attachment("Contract draft.pdf", "application/pdf", facts.attachments[0].encoded_bytes),),
    )
    assert facts.attachments[0].encoded_bytes > 1000


@pytest.mark.parametrize(
    ("number", "subject"),
    [(5, "Besprechung nächste Woche"), (6, "Angebot über Prüfung"), (7, "Vertrags-Entwurf – Nachtrag"), (12, "")],
)
def test_subject_of_every_encoding(held, number, subject):
    assert read_facts(ItemKind.MESSAGE, held[number - 1]).subject == subject


def test_raw_latin_1_sender(held):
    assert read_facts(ItemKind.MESSAGE, held[5]).sender == Mailbox("Jürgen Jung", "juergen.jung@example.net")


def test_forwarded_message_is_an_attachment_with_its_own(held):
    names = [(one.name, one.media_type) for one in read_facts(ItemKind.MESSAGE, held[13]).attachments]

    assert names == [("", "message/rfc822"), ("Contract draft.pdf", "application/pdf")]


def test_exceptions_come_along(held):
    assert read_facts(ItemKind.MESSAGE, held[14]).exceptions == ("TRUNCATED_BASE64",)


def test_from_line_before_the_header_is_let_pass():
    assert read_facts(ItemKind.MESSAGE, b"From a@b Thu\nSubject: s\n\n").subject == "s"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'Content-Disposition: attachment; filename="a.txt"', "a.txt"),
        (b"Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.txt", "€.txt"),
        (b"Content-Disposition: attachment; filename*=%61.txt", "a.txt"),
        (b"Content-Disposition: attachment; filename*0=a; filename*1=b.txt", "ab.txt"),
        (b"Content-Disposition: attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC", "€"),
        (b'Content-Type: text/plain; name="=?utf-8?q?=C3=BC?="', "ü"),
        (b"Content-Disposition: attachment", ""),
    ],
)
def test_attachment_name(line, name):
    facts = read_facts(ItemKind.MESSAGE, b"From: a\n" + line + b"\n\nx")

    assert [one.name for one in facts.attachments] == [name]


def test_attachment_continuations_are_capped():
    pieces = b"".join(b"; filename*%d=x" % number for number in range(40))

    facts = read_facts(ItemKind.MESSAGE, b"From: a\nContent-Disposition: attachment" + pieces + b"\n\nx")

    assert facts.attachments[0].name == "x" * 32


def test_attachments_are_capped(monkeypatch):
    monkeypatch.setattr(message, "_MAX_ATTACHMENTS", 2)
    body = b"--b\nContent-Disposition: attachment\n\nx\n" * 5

    facts = read_facts(ItemKind.MESSAGE, b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n" + body)

    assert len(facts.attachments) == 2


def test_recipients_are_capped_and_told(monkeypatch):
    monkeypatch.setattr(message, "MAX_MAILBOXES", 2)
    monkeypatch.setattr(addresses, "MAX_MAILBOXES", 2)

    several = read_facts(ItemKind.MESSAGE, b"From: a@b\nTo: c@d, e@f\nCc: g@h\n\n")
    one_list = read_facts(ItemKind.MESSAGE, b"From: a@b\nTo: c@d, e@f, g@h\n\n")

    assert (len(several.recipients), several.exceptions) == (2, ("TOO_LARGE",))
    assert (len(one_list.recipients), one_list.exceptions) == (2, ("TOO_LARGE",))


def test_many_recipients_are_told_to_the_last():
    to = b",\n ".join(b"Person Number %d <person%d@example.com>" % (n, n) for n in range(2500))

    facts = read_facts(
        ItemKind.MESSAGE, b"To: " + to + b"\nSubject: late\nContent-Disposition: attachment; filename=a.pdf\n\nx"
    )

    assert (len(facts.recipients), facts.subject, facts.exceptions) == (2500, "late", ())
    assert facts.recipients[-1] == Recipient("to", "Person Number 2499", "person2499@example.com")
    assert [one.name for one in facts.attachments] == ["a.pdf"]


def test_recipients_of_a_header_that_is_cut_are_whole(monkeypatch):
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", 60)

    facts = read_facts(ItemKind.MESSAGE, b"To: " + b", ".join(b"person%d@example.com" % n for n in range(9)) + b"\n\n")

    assert [one.address for one in facts.recipients] == ["person0@example.com", "person1@example.com"]
    assert facts.exceptions == ("TOO_LARGE",)


@pytest.mark.parametrize("piece", [b"a\n", b"a:\n", b"To: a, b\n", b"\n ,", b'"', b"(<"])
def test_facts_of_a_hostile_header_are_marked(piece):
    facts = read_facts(ItemKind.MESSAGE, b"From: a\nTo: b" + piece * (1_400_000 // len(piece)))

    assert (facts.sender, "TOO_LARGE" in facts.exceptions) == (Mailbox("", "a"), True)


def test_everybody_a_message_comes_from_is_told():
    facts = read_facts(
        ItemKind.MESSAGE,
        b"From: Ann <ann@x>, Bob <bob@x>\nSender: sec@x\nFrom: sec@x\nReply-To: Desk <r@x>\nTo: c@d\n\n",
    )

    assert facts.sender == Mailbox("Ann", "ann@x")
    assert facts.recipients == (
        Recipient("sender", "Bob", "bob@x"),
        Recipient("sender", "", "sec@x"),
        Recipient("reply-to", "Desk", "r@x"),
        Recipient("to", "", "c@d"),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a@b", [("", "a@b")]),
        (b"a@b, c@d; e@f", [("", "a@b"), ("", "c@d"), ("", "e@f")]),
        (b'"Brown, \\"Bob\\"" <bob@b>', [('Brown, "Bob"', "bob@b")]),
        (b"Bob Brown <bob@b>", [("Bob Brown", "bob@b")]),
        (b"bob@b (Bob Brown)", [("Bob Brown", "bob@b")]),
        (b"team: a@b, Bob <c@d>;", [("", "a@b"), ("Bob", "c@d")]),
        (b"undisclosed-recipients:;", []),
        (b"Bob Brown", [("Bob Brown", "")]),
        (b"Bob <bob@b", [("Bob", "bob@b")]),
        (b'"unclosed <bob@b>', [("", "unclosed<bob@b>")]),
        (b"=?utf-8?q?J=C3=BC?= <j@b>", [("Jü", "j@b")]),
        (b"<>", []),
        (b"a@[IPv6:::1]", [("", "a@[IPv6:::1]")]),
        (b")> a@b", [("", "a@b")]),
        (b"a b:", []),
    ],
)
def test_mailboxes(value, expected):
    assert [tuple(one) for one in parse_mailboxes(value)] == expected


def test_mailboxes_are_capped(monkeypatch):
    monkeypatch.setattr(addresses, "MAX_MAILBOXES", 2)

    assert len(parse_mailboxes(b"a@b, c@d, e@f, g@h")) == 2


@given(st.binary(max_size=200))
def test_mailboxes_never_raise(value):
    parse_mailboxes(value)


@pytest.mark.parametrize("kind", [ItemKind.FILE, ItemKind.UNKNOWN, ItemKind.CONTAINER])
def test_other_kinds_tell_nothing(kind):
    assert read_facts(kind, b"Subject: x\n\n") == ItemFacts()


@given(st.sampled_from([ItemKind.MESSAGE, ItemKind.EVENT, ItemKind.CONTACT]), st.binary(max_size=300))
def test_facts_never_raise(kind, raw):
    for data in (
        raw,
        b"Subject: " + raw,
        b"BEGIN:VCARD\nFN:" + raw,
        b"BEGIN:VEVENT\nDTSTART;" + raw + b"\nATTENDEE;CN=" + raw,
    ):
        read_facts(kind, data)
