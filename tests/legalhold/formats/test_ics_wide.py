import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats import ItemKind
from legalhold.formats.facts import read_facts
from legalhold.formats.ics import read_calendar, wrap_event


def calendar(*lines):
    return b"BEGIN:VCALENDAR\r\n" + b"".join(line + b"\r\n" for line in lines) + b"END:VCALENDAR\r\n"


def event(*lines):
    return calendar(b"BEGIN:VEVENT", b"UID:1", *lines, b"END:VEVENT")


def content_of(one, data):
    return b"".join(data[start:end] for start, end in one.zones + one.components)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\r\n", ""])
def test_wrapped_utf_16(encoding, newline):
    content = ("BEGIN:VEVENT\r\nUID:日本\r\nEND:VEVENT" + newline).encode(encoding)

    text = wrap_event(content=content).decode("utf-16")

    assert text.endswith("UID:日本\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def test_utf_16_calendar(samples):
    data = (samples / "ics/utf-16.ics").read_bytes()

    file = read_calendar(data)

    assert [one.uid for one in file.objects] == [b"training@samples.example.org", b"task@samples.example.org"]
    assert "日本" in content_of(file.objects[0], data).decode("utf-16-le")
    assert not file.has_remainder


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_objects_are_told_apart_by_what_is_written(encoding):
    text = calendar(
        *(
            line.encode()
            for uid in ("Иван", "Пётр")
            for line in ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{uid}s Termin", "END:VEVENT")
        )
    ).decode()
    data = text.encode(encoding)

    objects = read_calendar(data).objects

    assert [one.uid.decode() for one in objects] == ["Иван", "Пётр"]
    assert [one.name.decode() for one in objects] == ["Иванs Termin", "Пётрs Termin"]
    facts = [read_facts(one.kind, content_of(one, data)) for one in objects]
    assert [(one.subject, one.message_id) for one in facts] == [("Иванs Termin", "Иван"), ("Пётрs Termin", "Пётр")]


def test_utf_16_lines_end_in_a_lone_carriage_return_too():
    data = event(b"DTSTART:20240314T090000Z\rRRULE:FREQ=DAILY").decode().encode("utf-16")

    assert read_calendar(data).coverage.item_to is None


@given(st.binary(max_size=60), st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf_16_of_any_bytes_never_raises(noise, encoding):
    head, tail = (text.encode(encoding) for text in ("BEGIN:VEVENT\r\nUID:", "\r\nEND:VEVENT\r\n"))

    read_calendar(head + noise + tail)
    read_facts(ItemKind.EVENT, head + noise + tail)


def test_utf_16_uids_that_differ_in_a_lone_surrogate_are_two():
    data = "".join(f"BEGIN:VEVENT\nUID:{uid}\nEND:VEVENT\n" for uid in ("\ud800", "\ud801")).encode(
        "utf-16-le", "surrogatepass"
    )

    assert len(read_calendar(data).objects) == 2
