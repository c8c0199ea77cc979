import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import components
from legalhold.formats.vcf import looks_like_cards, read_cards


def test_team_has_its_cards(samples):
    data = (samples / "vcf/team.vcf").read_bytes()

    file = read_cards(data)

    assert [card.name for card in file.cards] == [
        b"Bob Brown",
        "Ada Größe".encode(),
        b"Conti Carla",
        b"No N at all",
        b"No N at all",
    ]
    assert b"".join(data[card.start : card.end] for card in file.cards) == data[3:]
    assert (file.is_single, file.has_remainder, file.exceptions) == (False, False, ())


def test_card_in_a_card_belongs_to_the_outer_one(samples):
    data = (samples / "vcf/team.vcf").read_bytes()

    card = read_cards(data).cards[2]

    assert data[card.start : card.end].count(b"BEGIN:VCARD") == 2


def test_utf_16_cards(samples):
    data = (samples / "vcf/utf-16.vcf").read_bytes()

    file = read_cards(data)

    assert [data[card.start : card.end].decode("utf-16-be").splitlines()[-2] for card in file.cards] == [
        "UID:urn:uuid:00000000-0000-4000-8000-000000000001",
        "FN:Jürgen 日本",
    ]
    assert file.cards[0].uid == b"urn:uuid:00000000-0000-4000-8000-000000000001"


def test_truncated_card_is_a_remainder(samples):
    file = read_cards((samples / "vcf/truncated.vcf").read_bytes())

    assert (len(file.cards), file.is_single, file.has_remainder, file.exceptions) == (1, False, True, ("TRUNCATED",))


@pytest.mark.parametrize(
    ("before", "names"),
    [
        (b"", [b"bob", b"cy"]),
        (b"BEGIN:VCARD\nFN:dan\nEND:VCARD\n", [b"dan", b"bob", b"cy"]),
        (b"BEGIN:VCARD\nFN:dan\nBEGIN:X-OTHER\n", [b"bob", b"cy"]),
    ],
)
def test_card_without_its_end_hides_none_behind_it(before, names):
    data = before + b"".join(b"BEGIN:VCARD\nFN:%s\n%sEND:VCARD\n" % name for name in [(b"bob", b""), (b"cy", b"")])
    data = data.replace(b"BEGIN:VCARD\nFN:bob", b"BEGIN:VCARD\nFN:ann\nBEGIN:VCARD\nFN:bob")

    file = read_cards(data)

    assert [card.name for card in file.cards] == names
    assert (file.is_single, file.has_remainder, file.exceptions) == (False, True, ("TRUNCATED",))


@pytest.mark.parametrize("line", [b"AGENT:", b"agent;type=x: ", b"item1.AGENT:\r\n"])
def test_card_of_an_agent_is_told_by_the_line_before_it(line):
    inner = b"BEGIN:VCARD\r\nFN:agent\r\nEND:VCARD\r\n"
    data = b"BEGIN:VCARD\r\nFN:ann\r\n" + line + b"\r\n" + inner + b"END:VCARD\r\n"

    file = read_cards(data + inner)

    assert [card.name for card in file.cards] == [b"ann", b"agent"]
    assert (file.has_remainder, file.exceptions) == (False, ())


def test_no_card(samples):
    assert read_cards((samples / "vcf/not-a-card.vcf").read_bytes()).exceptions == ("PARSE_ERROR",)
    assert read_cards(b"").exceptions == ("ZERO_BYTE",)


def test_single_card(samples):
    assert read_cards((samples / "vcf/single.vcf").read_bytes()).is_single


@pytest.mark.parametrize(
    ("line", "name"),
    [(b"N:Brown;Bob;;", b"Brown Bob"), (b"ORG:Acme", b"Acme"), (b"X:y", b"contact"), (b"item1.FN:Grouped", b"Grouped")],
)
def test_card_is_named(line, name):
    assert read_cards(b"BEGIN:VCARD\n" + line + b"\nEND:VCARD\n").cards[0].name == name


def test_marks_of_limits(monkeypatch):
    deep = b"BEGIN:VCARD\nAGENT:\n" * 80 + b"END:VCARD\n" * 80

    assert read_cards(deep).exceptions == ("TOO_DEEP",)
    monkeypatch.setattr(components, "MAX_COMPONENTS", 2)
    assert read_cards(b"BEGIN:VCARD\nEND:VCARD\n" * 3).exceptions == ("TOO_LARGE",)


def test_looks_like_cards():
    assert looks_like_cards(b"begin:vcard\n")
    assert looks_like_cards("\ufeffBEGIN:VCARD\n".encode("utf-16-be"))
    assert not looks_like_cards(b"BEGIN:VCALENDAR\n")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_never_raises(before, after):
    data = before + b"\nBEGIN:VCARD\nFN:x\nEND:VCARD\n" + after

    assert all(data[card.start : card.end] for card in read_cards(data).cards)
