import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import ItemKind
from legalhold.formats.ics import looks_like_calendar, read_calendar, wrap_event


def calendar(*lines):
    return b"BEGIN:VCALENDAR\r\n" + b"".join(line + b"\r\n" for line in lines) + b"END:VCALENDAR\r\n"


def event(*lines):
    return calendar(b"BEGIN:VEVENT", b"UID:1", *lines, b"END:VEVENT")


def content_of(one, data):
    return b"".join(data[start:end] for start, end in one.zones + one.components)


def test_team_calendar_has_its_objects(samples):
    data = (samples / "ics/team.ics").read_bytes()

    file = read_calendar(data)

    assert [
        (one.kind, one.uid.partition(b"@")[0], one.name, len(one.zones), len(one.components)) for one in file.objects
    ] == [
        (ItemKind.EVENT, b"review", b"Quarterly review", 1, 1),
        (ItemKind.EVENT, b"standup", b"Stand-up", 1, 2),
        (ItemKind.EVENT, b"training", b"Training", 0, 1),
        (ItemKind.TASK, b"task", b"Send the contract", 0, 1),
        (ItemKind.NOTE, b"note", b"A note", 0, 1),
    ]
    assert (file.is_single, file.has_remainder, file.exceptions) == (False, False, ())


def test_object_content_is_captured_lines_and_its_zones(samples):
    data = (samples / "ics/team.ics").read_bytes()
    standup = read_calendar(data).objects[1]

    content = content_of(standup, data)

    zone_end = data.index(b"END:VTIMEZONE\r\n") + 15
    assert content[: zone_end - data.index(b"BEGIN:VTIMEZONE")] == data[data.index(b"BEGIN:VTIMEZONE") : zone_end]
    assert content.count(b"BEGIN:VEVENT") == 2
    assert all(piece in data for piece in content[zone_end - data.index(b"BEGIN:VTIMEZONE") :].split(b"END:VEVENT\r\n"))
    assert content.endswith(b"SUMMARY:Stand-up\\, later\r\nEND:VEVENT\r\n")


def test_wrapped_object_is_a_calendar_of_its_own(samples):
    data = (samples / "ics/team.ics").read_bytes()
    content = content_of(read_calendar(data).objects[1], data)

    wrapped = wrap_event(content=content)
    again = read_calendar(wrapped)

    assert content in wrapped
    assert b"X-LEGALHOLD-WRAPPED:TRUE\r\n" in wrapped
    assert (again.is_single, again.has_remainder, again.exceptions, len(again.objects)) == (True, False, (), 1)


def test_wrapped_line_without_newline_gets_one():
    assert wrap_event(content=b"BEGIN:VEVENT\nEND:VEVENT").endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")


def test_single_stays_whole(samples):
    file = read_calendar((samples / "ics/single.ics").read_bytes())

    assert (file.is_single, file.kind, len(file.objects), file.objects[0].uid) == (
        True,
        ItemKind.EVENT,
        1,
        b"review@samples.example.org",
    )


def test_event_without_uid_stays_in_its_container(samples):
    file = read_calendar((samples / "ics/no-uid.ics").read_bytes())

    assert (file.is_single, file.has_remainder, [one.uid for one in file.objects]) == (
        False,
        True,
        [b"training@samples.example.org"],
    )


def test_alarm_lends_its_event_no_uid():
    data = calendar(
        b"BEGIN:VEVENT", b"BEGIN:VALARM", b"UID:alarm", b"END:VALARM", b"DTSTART:20240314T090000Z", b"END:VEVENT"
    )

    file = read_calendar(data)

    assert (file.objects, file.is_single, file.has_remainder) == ((), True, True)


def test_same_uid_in_two_calendars_is_two_objects():
    file = read_calendar(event() + event())

    assert [one.uid for one in file.objects] == [b"1", b"1"]
    assert not file.is_single


def test_event_outside_of_a_calendar_is_an_object():
    file = read_calendar(b"BEGIN:VEVENT\nUID:1\nEND:VEVENT\n")

    assert ([one.uid for one in file.objects], file.exceptions) == ([b"1"], ("PARSE_ERROR",))


def test_calendar_in_a_calendar():
    assert [one.uid for one in read_calendar(b"BEGIN:VCALENDAR\n" + event() + b"END:VCALENDAR\n").objects] == [b"1"]


def test_calendar_in_one_without_its_end_lends_its_zones():
    zone = b"BEGIN:VTIMEZONE\r\nTZID:Z\r\nEND:VTIMEZONE"
    inner = calendar(zone, b"BEGIN:VEVENT", b"UID:2", b"DTSTART;TZID=Z:20240314T090000", b"END:VEVENT")
    data = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n" + inner

    assert [(one.uid, len(one.zones)) for one in read_calendar(data).objects] == [(b"1", 0), (b"2", 1)]


def test_zone_that_the_file_ends_in_is_not_put_before_other_lines():
    data = (
        event(b"DTSTART;TZID=Z:20240314T090000")
        + b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:2\nDTSTART;TZID=Z:20240314T090000\nEND:VEVENT\nBEGIN:VTIMEZONE\nTZID:Z\nEND:VTIMEZONE"
    )

    assert [one.zones for one in read_calendar(data).objects] == [(), ()]


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        (b"(UTC+01:00) Amsterdam\\, Berlin", b'"(UTC+01:00) Amsterdam, Berlin"'),
        (b"(UTC+01:00) Amsterdam\\, Berlin", b'"(UTC+01:00) Amsterdam\\, Berlin"'),
        (b"W. Europe", b'"W. Europe"'),
        (b"W. Europe", b"W. Europe"),
        (b"A;B", b'"A;B"'),
    ],
)
def test_object_has_its_zone_by_every_spelling(name, reference):
    zone = (b"BEGIN:VTIMEZONE", b"TZID:" + name, b"END:VTIMEZONE")
    events = [
        (b"BEGIN:VEVENT", b"UID:%d" % n, b"DTSTART;TZID=" + reference + b":20240314T090000", b"END:VEVENT")
        for n in (1, 2)
    ]
    data = calendar(*zone, *events[0], *events[1])

    assert [content_of(one, data).count(b"BEGIN:VTIMEZONE") for one in read_calendar(data).objects] == [1, 1]


def test_looks_like_calendar():
    assert looks_like_calendar(b"\xef\xbb\xbf\r\nbegin:vcalendar\r\n")
    assert looks_like_calendar(b"\xff\xfe" + "BEGIN:VCALENDAR".encode("utf-16-le"))
    assert looks_like_calendar("BEGIN:VCALENDAR".encode("utf-16-be"))
    assert not looks_like_calendar(b"BEGIN:VCARD")


@given(
    st.lists(
        st.sampled_from(
            [
                b"BEGIN:VCALENDAR",
                b"END:VCALENDAR",
                b"BEGIN:VEVENT",
                b"END:VEVENT",
                b"BEGIN:VTIMEZONE",
                b"END:VTIMEZONE",
                b"TZID:Z",
                b"UID:1",
                b"UID:2",
                b"DTSTART;TZID=Z:20240101T000000",
                b"RRULE:FREQ=DAILY;COUNT=3",
                b" x",
                b"\xff\x00",
            ]
        ),
        max_size=30,
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_every_object_is_whole_lines_of_the_file(lines, newline):
    data = newline.join(lines)

    for one in read_calendar(data).objects:
        for start, end in one.zones + one.components:
            assert data[start : start + 6] == b"BEGIN:"
            assert end == len(data) or data[end - 1 : end] in {b"\n", b"\r"}
