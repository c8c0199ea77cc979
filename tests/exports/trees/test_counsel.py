"""The counsel layout: what is where, and what every folder and path keeps to."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.trees import placing
from exports.trees.counsel import Placed, lay_out
from exports.trees.names import folded, units
from legalhold.formats import ItemKind

BERLIN = ZoneInfo("Europe/Berlin")
MAIL = Placed(
    number="LH00000123", custodian="Adams, Alice (E1007)", source="Mailbox", folder=b"Inbox", name=b"Q1 forecast",
    kind=ItemKind.MESSAGE, dated_at=datetime(2024, 3, 14, 8, 32, tzinfo=UTC), sender="Brown, Bob", subject="Q1 forecast",
    is_earlier=False,
)  # fmt: skip
FILE = replace(MAIL, kind=ItemKind.FILE, source="LAPTOP-17", folder=b"C/Users/alice", name=b"Budget.xlsx")
EVENT = replace(MAIL, kind=ItemKind.EVENT, folder=b"Work")


def paths(*items: Placed, zone: ZoneInfo = BERLIN) -> list[str]:
    return ["/".join(path) for path in lay_out(items=items, zone=zone, reserved=("READ ME FIRST.html",))]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (MAIL, "Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - Q1 forecast [LH00000123].eml"),
        (EVENT, "Calendar/Work/2024/2024-03-14 0932 Q1 forecast [LH00000123].ics"),
        (replace(EVENT, dated_at=None, kind=ItemKind.TASK), "Calendar/Work/Undated/Q1 forecast [LH00000123].ics"),
        (replace(MAIL, kind=ItemKind.CONTACT, folder=b"", subject="Brown, Bob"), "Contacts/Brown, Bob [LH00000123].vcf"),
        (replace(MAIL, kind=ItemKind.NOTE, folder=b""), "Notes/2024-03-14 0932 Q1 forecast [LH00000123].ics"),
        (FILE, "Files/LAPTOP-17/C/Users/alice/Budget.xlsx"),
        (replace(FILE, kind=ItemKind.UNKNOWN), "Files/LAPTOP-17/C/Users/alice/Budget.xlsx"),
        (replace(MAIL, is_earlier=True), "Earlier versions/Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - Q1 forecast [LH00000123].eml"),
        (replace(MAIL, sender="", subject="", dated_at=None), "Mail/Inbox/Undated/Unknown sender - No subject [LH00000123].eml"),
        (replace(EVENT, subject="", name=b"A/B", folder=b"", dated_at=datetime(1, 1, 1, tzinfo=UTC)), "Calendar/Undated/A_B [LH00000123].ics"),
    ],
)  # fmt: skip
def test_lay_out_shows_each_kind_in_its_place(item, path):
    assert paths(item) == [f"Adams, Alice (E1007)/{path}"]


def test_lay_out_shows_what_is_nobodys_by_its_source():
    assert paths(replace(MAIL, custodian="")) == [
        "Shared sources/Mail/Mailbox/Inbox/2024/03/2024-03-14 0932 Brown, Bob - Q1 forecast [LH00000123].eml"
    ]


def test_lay_out_tells_two_mailboxes_of_a_person_apart():
    shown = paths(MAIL, replace(MAIL, number="LH00000124", source="Archive"))

    assert [path.split("/")[2] for path in shown] == ["Mailbox", "Archive"]


def test_lay_out_numbers_files_of_one_name():
    earlier = replace(FILE, is_earlier=True)

    shown = paths(FILE, earlier, replace(earlier, number="LH00000124"))

    assert [path.split("/")[-1] for path in shown] == [
        "Budget.xlsx", "Budget [LH00000123].xlsx", "Budget [LH00000124].xlsx"
    ]  # fmt: skip


def test_lay_out_tells_a_file_from_a_folder_of_its_name():
    shown = paths(replace(FILE, folder=b"", name=b"C"), FILE)

    assert len({folded(path.split("/")[3]) for path in shown}) == 2
    assert all(path.split("/")[3].startswith("C") for path in shown)


def test_lay_out_tells_a_folder_named_like_a_year_from_the_year():
    shown = paths(MAIL, replace(MAIL, number="LH00000124", folder=b"Inbox/2024"))

    years = [path.split("/")[3] for path in shown]
    assert years[0] == "2024"
    assert years[1].startswith("2024~")


def test_lay_out_keeps_reserved_names_for_the_root():
    shown = paths(replace(MAIL, custodian="read me first.HTML"))

    assert folded(shown[0].split("/")[0]) != folded("READ ME FIRST.html")


@pytest.mark.parametrize(("count", "depth"), [(1_000, 6), (1_001, 7)])
def test_lay_out_splits_only_a_crowded_year_of_a_calendar_by_month(count, depth, monkeypatch):
    monkeypatch.setattr(placing, "LISTING_BYTES", 10_000_000)
    starts = [EVENT.dated_at + timedelta(hours=6 * n) for n in range(count)]
    items = [replace(EVENT, number=f"LH{n:08}", dated_at=start) for n, start in enumerate(starts)]

    shown = [path.split("/") for path in paths(*items)]

    assert {len(path) for path in shown} == {depth - 1}
    assert {path[4] for path in shown if depth == 7} == (
        {f"{month:02}" for month in range(3, 12)} if depth == 7 else set()
    )


def test_lay_out_spreads_a_crowded_folder_over_numbered_ones():
    items = [replace(MAIL, number=f"LH{n:08}") for n in range(2_500)]

    folders = Counter(path.rsplit("/", 1)[0] for path in paths(*items))

    base = "Adams, Alice (E1007)/Mail/Inbox/2024/03"
    assert sorted(folders) == [f"{base}/001", f"{base}/002", f"{base}/003"]
    assert sum(folders.values()) == 2_500


def test_numbered_folders_get_folders_of_their_own(monkeypatch):
    monkeypatch.setattr(placing, "FOLDER_ENTRIES", 2)
    monkeypatch.setattr(placing, "GROUPS", 2)
    items = [replace(MAIL, number=f"LH{n:08}") for n in range(9)]

    shown = [path.split("/")[5:-1] for path in paths(*items)]

    assert shown == [
        ["001", "001"], ["001", "001"], ["001", "002"], ["001", "002"], ["002", "001"], ["002", "001"],
        ["002", "002"], ["002", "002"], ["003", "001"],
    ]  # fmt: skip


def test_lay_out_leaves_folders_out_that_do_not_fit_and_marks_them():
    deep = replace(FILE, folder=b"/".join([b"a long name of a folder %d" % n for n in range(20)]))

    shown = paths(deep, replace(deep, number="LH00000124", folder=deep.folder + b"/more"))

    assert [path.split("/")[-1] for path in shown] == ["Budget.xlsx", "Budget.xlsx"]
    assert len({folded(path) for path in shown}) == 2
    assert all(units(path) <= 180 for path in shown)
    assert all(path.split("/")[-2].startswith("~") for path in shown)


texts = st.one_of(
    st.text(max_size=90), st.sampled_from(["CON", "a" * 200, "\u202e", "日本" * 60, "\U0001f600" * 90, "2024"])
)
raw = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=40))
folders = st.lists(raw.filter(lambda name: name and b"/" not in name), max_size=8).map(b"/".join)
items_of = st.builds(
    Placed, number=st.just(""), custodian=texts.filter(str.strip).map(lambda text: text.encode("utf-8", "replace").decode()),
    source=texts.map(lambda text: text.encode("utf-8", "replace").decode()), folder=folders, name=raw,
    kind=st.sampled_from(ItemKind), dated_at=st.none() | st.datetimes(timezones=st.just(UTC)), sender=texts, subject=texts,
    is_earlier=st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(items_of, max_size=12))
def test_every_path_keeps_to_the_limits_and_is_unique(items):
    items = [replace(item, number=f"LH{n:08}") for n, item in enumerate(items)]

    shown = lay_out(items=items, zone=BERLIN, reserved=("index.csv",))

    assert len({folded("/".join(path)) for path in shown}) == len(items)
    folder_names = {path[:end] for path in shown for end in range(1, len(path))}
    assert len({folded("/".join(path)) for path in folder_names}) == len(folder_names)
    assert not {folded("/".join(path)) for path in folder_names} & {folded("/".join(path)) for path in shown}
    for path in shown:
        assert units("/".join(path)) <= 180
        assert all(0 < units(name) <= 80 for name in path)


def test_every_listing_fits_windows_also_with_long_names_of_other_scripts():
    items = [
        replace(MAIL, number=f"LH{n:08}", custodian="日本" * 30, folder="会議" .encode() * 20, subject="予算" * 50, sender="山田" * 20)
        for n in range(2_000)
    ]  # fmt: skip

    shown = lay_out(items=items, zone=BERLIN)

    sizes = defaultdict(int)
    counts = Counter(path[:-1] for path in shown)
    for path in shown:
        sizes[path[:-1]] += 750 + len("/dav/") + len(quote("/".join(path))) + len(path[-1].encode())
    assert max(sizes.values()) <= 900_000
    assert max(counts.values()) <= 1_000
    assert max(units("/".join(path)) for path in shown) <= 180


def test_folders_that_grow_because_they_are_told_apart_still_fit():
    names = [f"Folder number {n}" for n in range(5)]
    items = []
    for depth in range(1, 6):
        chain = [*names[: depth - 1], names[depth - 1]]
        items.append(replace(FILE, number=f"LH{len(items):08}", folder="/".join(chain).encode(), name=b"a" * 60))
        chain[-1] = chain[-1].upper()
        items.append(replace(FILE, number=f"LH{len(items):08}", folder="/".join(chain).encode(), name=b"a" * 60))

    shown = paths(*items)

    assert max(units(path) for path in shown) <= 180
    assert len({folded(path) for path in shown}) == len(items)
