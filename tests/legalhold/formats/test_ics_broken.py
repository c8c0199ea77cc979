import time
from datetime import UTC, datetime

import pytest

from legalhold.formats import ItemKind, components
from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.ics import read_calendar


def calendar(*lines):
    return b"BEGIN:VCALENDAR\r\n" + b"".join(line + b"\r\n" for line in lines) + b"END:VCALENDAR\r\n"


def event(*lines):
    return calendar(b"BEGIN:VEVENT", b"UID:1", *lines, b"END:VEVENT")


def test_event_with_a_malformed_uid_stays_in_its_container():
    file = read_calendar(calendar(b"BEGIN:VEVENT", b'UID;X="a:1', b"END:VEVENT") + event())

    assert (file.is_single, file.has_remainder, [one.uid for one in file.objects]) == (False, True, [b"1"])


def test_truncated_calendar(samples):
    file = read_calendar((samples / "ics/truncated.ics").read_bytes())

    assert (len(file.objects), file.has_remainder, file.exceptions) == (1, True, ("TRUNCATED",))


def test_no_calendar(samples):
    file = read_calendar((samples / "ics/not-a-calendar.ics").read_bytes())

    assert (file.is_single, file.kind, file.coverage, file.exceptions) == (
        True,
        ItemKind.UNKNOWN,
        OPEN,
        ("PARSE_ERROR",),
    )
    assert read_calendar(b"").exceptions == ("ZERO_BYTE",)


def test_rule_that_never_occurs_takes_no_time(samples):
    begun = time.process_time()

    file = read_calendar((samples / "ics/forever.ics").read_bytes())

    assert file.coverage.item_to is None
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("stray", [b"x" + event() + event(), event() + event() + b"x"])
def test_stray_bytes_are_a_remainder(stray):
    assert read_calendar(stray).has_remainder


def test_stray_bytes_beside_one_object_open_its_dates():
    dated = event(b"DTSTART:20240314T090000Z")

    file = read_calendar(dated + b"DTSTART:20200101T000000Z")

    assert (file.is_single, file.has_remainder, file.coverage) == (True, True, OPEN)


def test_lone_carriage_returns_end_lines():
    data = (event() + event()).replace(b"\r\n", b"\r")

    assert len(read_calendar(data).objects) == 2


def test_too_many_components(monkeypatch):
    monkeypatch.setattr(components, "MAX_COMPONENTS", 3)

    file = read_calendar(event(b"DTSTART:20240314T090000Z") + event())

    assert file.exceptions == ("TOO_LARGE", "TRUNCATED")
    assert (file.kind, file.coverage, file.has_remainder) == (ItemKind.UNKNOWN, OPEN, True)


@pytest.mark.parametrize("name", [b"VEVENT", b"VTODO", b"VCALENDAR\r\nBEGIN:VEVENT"])
def test_event_without_its_end_hides_none_behind_it(name):
    end = b"END:" + name.rpartition(b":")[2]
    data = calendar(
        b"BEGIN:VEVENT",
        b"UID:1",
        b"DTSTART:20240314T090000Z",
        b"BEGIN:VALARM",
        b"BEGIN:" + name,
        b"UID:2",
        b"DTSTART:20200314T090000Z",
        end,
    )

    file = read_calendar(data)

    assert [one.uid for one in file.objects] == [b"2"]
    assert file.coverage == Coverage(datetime(2020, 3, 13, 19, tzinfo=UTC), datetime(2024, 3, 14, 21, tzinfo=UTC))
    assert (file.is_single, file.has_remainder, file.exceptions) == (False, True, ("TRUNCATED",))


def test_components_too_deep():
    data = b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 100 + b"END:X\n" * 100 + b"END:VCALENDAR\n" + event()

    file = read_calendar(data)

    assert (file.exceptions, len(file.objects)) == (("TOO_DEEP",), 1)


def test_end_without_begin_ends_nothing():
    assert (
        len(read_calendar(calendar(b"END:VALARM", b"BEGIN:VEVENT", b"UID:1", b"BEGIN:VALARM", b"END:VEVENT")).objects)
        == 1
    )


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VCALENDAR\n" * 50_000,
        b"BEGIN:VCALENDAR\n" + b"\r" * 1_000_000 + b"\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n" + b'A;X="' * 200_000 + b"\nEND:VEVENT\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nUID:1\nEND:VEVENT\n" * 5_000 + b"END:VCALENDAR\n",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n" + b'A;"";' * 200_000 + b"\nEND:VEVENT\nEND:VCALENDAR\n",
    ],
)
def test_hostile_calendar_takes_no_long_time(data):
    begun = time.process_time()

    read_calendar(data)

    assert time.process_time() - begun < 5
