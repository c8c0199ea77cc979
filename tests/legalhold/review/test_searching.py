"""Searching the index, against an oracle in plain Python, on what was really captured."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.catalog.associations import associate, end_association
from legalhold.catalog.models import SourceCustodian, Version
from legalhold.database import guard
from legalhold.formats import ItemKind
from legalhold.review.grammar import QueryUnreadable
from legalhold.review.indexing import index_pending
from legalhold.review.models import IndexedSnapshot, IndexRow
from legalhold.review.naming import owners_of
from legalhold.review.scope import windows_of_matter
from legalhold.review.searching import count, found_by_source, page, read_query, still_there
from tests.organisation import SENT, START, card, container, event, file, mail

DAY = timedelta(days=1)


@dataclass
class Known:
    """What the oracle knows of an item: written down by hand, read from nothing."""

    name: str
    kind: str
    who: str
    source: str
    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    sent: datetime | None = None
    dates: tuple[datetime | None, datetime | None] = (None, None)
    has_attachment: bool = field(default=False)


MAILS = [
    ("Q1 forecast", "Brown, Bob <bob@example.com>", "Carol <carol@example.com>", "", SENT, ""),
    (
        "Re: Q1 forecast draft",
        "alice@example.com",
        "Bob <bob@example.com>",
        "Carol <carol@example.com>",
        SENT + DAY,
        "",
    ),
    ("Lunch", "Carol <carol@example.com>", "Bob <bob@example.com>", "", SENT + 40 * DAY, "menu.pdf"),
    ("forecast budget", "Bob <bob@elsewhere.org>", "Dave <dave@example.com>", "", SENT - 90 * DAY, "Budget 2024.xlsx"),
    ("Undated note", "Eve <eve@example.com>", "Bob <bob@example.com>", "", None, ""),
]


def mail_of(number: int, who: str, source: str):
    subject, sender, to, cc, sent, attachment = MAILS[number]
    known = Known(
        name=subject, kind="message", who=who, source=source, subject=subject, sender=sender, to=(to,), cc=(cc,) if cc else (),
        files=(attachment,) if attachment else (), sent=sent, dates=(sent, sent), has_attachment=bool(attachment),
    )  # fmt: skip
    return known, mail(subject, sender=sender, to=to, cc=cc, sent=sent, attachment=attachment, folder="Inbox")


def captured() -> dict[str, list]:
    return {
        "Mailbox": [mail_of(number, "alice", "Mailbox") for number in (0, 1, 2)],
        "Old mailbox": [mail_of(number, "bob", "Old mailbox") for number in (2, 3, 4)],
        "Calendar": [
            (Known("Review forecast", "event", "bob", "Calendar", subject="Review forecast", dates=(SENT, SENT + DAY / 24)), event("Review forecast")),
            (Known("Bob Brown", "contact", "bob", "Calendar", subject="Bob Brown", others=("Bob Brown bob@example.com", "Bob Brown")), card("Bob Brown")),
        ],
        "Laptop": [
            (Known("Budget.xlsx", "file", "alice", "Laptop", files=("Budget.xlsx",), dates=(SENT, SENT)), file("C/Budget.xlsx")),
            (Known("notes.txt", "file", "alice", "Laptop", files=("notes.txt",), dates=(SENT - 9 * DAY,) * 2), file("C/notes.txt", at=SENT - 9 * DAY)),
        ],
    }  # fmt: skip


@pytest.fixture
def people(organisation):
    return {
        "alice": organisation.custodian("Adams, Alice", "E1007", "alice@example.com"),
        "bob": organisation.custodian("Brown, Bob", "E1008", "bob@example.com"),
    }


@pytest.fixture
def matter(organisation, people):
    return organisation.matter("Acme", *people.values(), zone="UTC")


@pytest.fixture
def known(organisation, people, matter) -> dict[int, Known]:
    """Capture everything, index it, and say of each version what the oracle knows."""
    known = {}
    for number, (name, items) in enumerate(captured().items()):
        source = organisation.source(people[items[0][0].who], name=name)
        organisation.capture(source, *(one for _, one in items), day=number + 1)
        for said, one in items:
            known[Version.objects.get(source_id=source.pk, item_key=one.key).pk] = said
    index_pending(at=START)
    return known


def found(text: str, matter) -> set[int]:
    query = read_query(text=text, windows=windows_of_matter(matter=matter), zone=UTC)
    ids = {version for versions in found_by_source(query=query).values() for version in versions}
    assert count(query=query).items == len(ids)
    assert set(page(query=query, limit=1000, offset=0)) == ids
    return ids


def words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.lower())


def has_words(values, wanted, *, is_prefix: bool) -> bool:
    for value in values:
        have = words(value)
        for start in range(len(have) - len(wanted) + 1):
            run = have[start : start + len(wanted)]
            if run[:-1] == wanted[:-1] and (run[-1].startswith(wanted[-1]) if is_prefix else run[-1] == wanted[-1]):
                return True
    return False


def texts_of(item: Known) -> dict[str, tuple[str, ...]]:
    people = (item.sender, *item.to, *item.cc, *(other for other in item.others if "@" in other))
    named = item.others
    return {
        "subject": (item.subject,), "from": (item.sender,), "to": item.to, "cc": item.cc, "participants": people,
        "name": (item.name,), "filename": item.files, "": (item.subject, *people, *named, item.name, *item.files),
    }  # fmt: skip


# A condition is its text and what it means to the oracle.
WORDS = ["forecast", "q1", "bob", "budget", "brown", "carol", "example", "zebra", "re", "menu", "2024"]
plain = st.builds(
    lambda name, word, is_prefix: (
        f"{name + ':' if name else ''}{word[:3] + '*' if is_prefix else word}",
        lambda item: has_words(texts_of(item)[name], [word[:3] if is_prefix else word], is_prefix=is_prefix),
    ),
    st.sampled_from(["", "subject", "from", "to", "cc", "participants", "name", "filename"]), st.sampled_from(WORDS), st.booleans(),
)  # fmt: skip
phrases = st.sampled_from(
    ["q1 forecast", "bob brown", "brown bob", "forecast draft", "budget 2024 xlsx", "example com"]
).map(lambda phrase: (f'"{phrase}"', lambda item: has_words(texts_of(item)[""], phrase.split(), is_prefix=False)))
kinds = st.sampled_from(["message", "event", "contact", "file", "task"]).map(
    lambda kind: (f"kind:{kind}", lambda item: item.kind == kind)
)
days = st.integers(-100, 60).map(lambda number: (SENT + number * DAY).replace(hour=0, minute=0))
sent = (
    st.tuples(days, days)
    .map(sorted)
    .map(
        lambda both: (
            f"sent:{both[0]:%Y-%m-%d}..{both[1]:%Y-%m-%d}",
            lambda item: item.sent is not None and both[0] <= item.sent < both[1] + DAY,
        )
    )
)
after = days.map(lambda day: (f"after:{day:%Y-%m-%d}", lambda item: item.dates[1] is not None and item.dates[1] >= day))
before = days.map(
    lambda day: (f"before:{day:%Y-%m-%d}", lambda item: item.dates[0] is not None and item.dates[0] < day)
)
others = st.sampled_from([
    ("has:attachment", lambda item: item.has_attachment),
    ("custodian:alice@example.com", lambda item: item.who == "alice"),
    ("custodian:E1008", lambda item: item.who == "bob"),
    ("custodian:brown", lambda item: item.who == "bob"),
    ("source:mailbox", lambda item: "mailbox" in item.source.lower()),
    ('source:"old mailbox"', lambda item: item.source == "Old mailbox"),
    ("*", lambda item: bool(item)),
])  # fmt: skip
conditions = st.recursive(
    st.one_of(plain, phrases, kinds, sent, after, before, others),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]} AND {two[1][0]})", lambda item: two[0][1](item) and two[1][1](item))
        ),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]} {two[1][0]})", lambda item: two[0][1](item) and two[1][1](item))
        ),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]} OR {two[1][0]})", lambda item: two[0][1](item) or two[1][1](item))
        ),
        inner.map(lambda one: (f"NOT {one[0]}", lambda item: not one[1](item))),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions)
def test_a_query_finds_what_the_oracle_finds(known, matter, condition):
    text, is_met = condition

    assert found(text, matter) == {version for version, item in known.items() if is_met(item)}


def test_words_are_found_whatever_their_case_accents_and_encoding(organisation, people, matter):
    box = organisation.source(people["alice"])
    organisation.capture(
        box,
        mail("=?utf-8?q?Gr=C3=B6=C3=9Fe_der_Stra=C3=9Fe?=", key="a"),
        mail("合同草案".encode().decode("latin-1"), key="b"),
        day=1,
    )
    index_pending(at=START)

    assert (
        len(found("grösse", matter))
        == len(found("GRÖSSE STRASSE", matter))
        == len(found('subject:"große der"', matter))
        == 1
    )


def test_a_matter_is_not_shown_what_was_captured_when_the_source_was_somebody_elses(organisation, people):
    box = organisation.source(people["alice"])
    organisation.capture(box, mail("hers"), mail("both"), day=1)
    with guard.exclusive():
        end_association(association=SourceCustodian.objects.get(), to_at=START + 2 * DAY, at=START)
    organisation.capture(box, mail("both"), mail("not hers"), mail("nor this"), day=3)
    matter = organisation.matter("Acme", people["alice"])
    index_pending(at=START)

    shown = {bytes(Version.objects.get(pk=pk).name) for pk in found("*", matter)}

    assert shown == {b"hers", b"both"}


def test_a_matter_without_custodians_is_shown_nothing(known, organisation):
    assert found("*", organisation.matter("Other")) == set()


def test_another_matters_custodian_reads_like_one_that_is_not_there(known, organisation, people):
    other = organisation.matter("Other", people["alice"])

    with pytest.raises(QueryUnreadable, match="column 11: no custodian of this matter is 'E1008'"):
        found("custodian:E1008", other)
    with pytest.raises(QueryUnreadable, match="column 11: no custodian of this matter is 'E9999'"):
        found("custodian:E9999", other)
    with pytest.raises(QueryUnreadable, match="column 8: no source of this matter is called 'Calendar'"):
        found("source:Calendar", other)


def test_everything_is_searched_without_windows(known):
    query = read_query(text="custodian:bob@example.com OR source:laptop", windows=None, zone=UTC)

    assert count(query=query).items == len(
        [one for one in known.values() if one.who == "bob" or one.source == "Laptop"]
    )
    with pytest.raises(QueryUnreadable, match="no custodian is 'nobody'"):
        read_query(text="custodian:nobody", windows=None, zone=UTC)
    with pytest.raises(QueryUnreadable, match="no source is called 'nothing'"):
        read_query(text="source:nothing", windows=None, zone=UTC)


def test_a_search_names_the_snapshots_it_could_not_look_into(known, organisation, people, matter):
    organisation.capture(organisation.source(people["alice"], name="New"), mail("later"), day=9)
    windows = windows_of_matter(matter=matter)

    missing = count(query=read_query(text="*", windows=windows, zone=UTC)).unindexed

    assert [(one.source.name, one.sequence) for one in missing] == [("New", 1)]
    assert len(count(query=read_query(text="*", windows=None, zone=UTC)).unindexed) == 1
    assert index_pending(at=START) == 1
    assert count(query=read_query(text="*", windows=windows, zone=UTC)).unindexed == ()


def test_a_search_by_date_says_how_many_items_have_none(known, matter):
    windows = windows_of_matter(matter=matter)
    undated = len([one for one in known.values() if one.dates == (None, None)])

    assert undated == 2
    for text in ("after:2024-01-01", "NOT sent:2024-01-01", "lunch OR before:2024-01-01", "(a sent:2024-01-01..)"):
        assert count(query=read_query(text=text, windows=windows, zone=UTC)).undated == undated
    assert count(query=read_query(text="lunch", windows=windows, zone=UTC)).undated == 0


def test_what_is_condemned_is_hidden(known, matter):
    Version.objects.filter(name=b"Lunch").update(condemned_at=START)

    assert found("lunch", matter) == set()


def test_pages_are_ordered_and_complete(known, matter):
    query = read_query(text="*", windows=windows_of_matter(matter=matter), zone=UTC)

    pages = [page(query=query, limit=3, offset=offset) for offset in range(0, 12, 3)]

    assert sorted(version for one in pages for version in one) == sorted(known)
    assert known[pages[0][0]].name == "Lunch"


def test_containers_are_found_only_where_their_items_lack_some_bytes(organisation, people, matter):
    box = organisation.source(people["alice"])
    organisation.capture(
        box, container("a.mbox"), container("b.mbox", b"other", is_remainder=True), mail("inside"), day=1
    )
    index_pending(at=START)

    assert {bytes(Version.objects.get(pk=pk).name) for pk in found("*", matter)} == {b"b.mbox", b"inside"}


def test_an_endless_event_is_dated_from_its_start_on(organisation, people, matter):
    box = organisation.source(people["alice"])
    organisation.capture(box, event("Weekly", dates=(SENT, None)), day=1)
    index_pending(at=START)

    assert len(found("after:2030-01-01", matter)) == 1
    assert len(found("before:2024-01-01", matter)) == 0
    assert IndexRow.objects.get().kind == ItemKind.EVENT


def test_an_open_snapshot_is_neither_indexed_nor_shown(organisation, people, matter):
    box = organisation.source(people["alice"])
    organisation.begin(box, mail("kept"), day=1)

    assert index_pending(at=START) == 0
    assert windows_of_matter(matter=matter) == ()


def test_index_pending_goes_on_where_it_was_stopped(known):
    IndexedSnapshot.objects.all().delete()
    before = set(IndexRow.objects.values_list("pk", "words"))

    assert [index_pending(at=START, limit=3), index_pending(at=START), index_pending(at=START)] == [3, 1, 0]
    assert set(IndexRow.objects.values_list("pk", "words")) == before


def test_every_owner_of_a_source_is_named_once(organisation, people):
    box = organisation.source(people["bob"])
    with guard.exclusive():
        for number in (1, 2):
            associate(source=box, custodian=people["alice"], from_at=START + number * DAY, at=START)

    assert owners_of(sources=[box.pk]) == {box.pk: ["Adams, Alice", "Brown, Bob"]}


def test_a_range_may_be_open_on_either_side(known, matter):
    assert len(found("sent:2024-03-15..", matter)) == 3
    assert len(found("sent:..2024-03-14", matter)) == 2


def test_still_there_leaves_out_what_was_destroyed(known):
    present = sorted(known)

    assert still_there(versions=[*present, 10_000]) == present
