"""A ZIP whose length is known beforehand, in whole and in ranges."""

import io
import struct
import subprocess
import tracemalloc
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.trees.node import Node
from exports.writers import zip64

AT = datetime(2024, 3, 14, 8, 32, 7, tzinfo=UTC)
FILES = {
    "READ ME FIRST.html": b"<h1>x</h1>",
    "Müller, Ünal/Mail/2024-03-14 日本 [LH00000001].eml": b"From: a\r\n\r\n" * 500,
    "Müller, Ünal/empty": b"",
    "\U0001f600.txt": bytes(range(256)) * 20,
}


def zip_of(tree, zone="Europe/Berlin") -> zip64.ZipFile:
    return zip64.ZipFile(tree=tree, zone=ZoneInfo(zone), file_name="x.zip", etag="e", modified_at=AT)


def test_zip_is_readable_by_python_and_has_the_size_it_said(memory_tree):
    made = zip_of(memory_tree(FILES))

    data = b"".join(made.open())

    assert len(data) == made.size_bytes
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {info.date_time for info in archive.infolist()} == {(2024, 3, 14, 9, 32, 6)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_zip_is_readable_by_unzip(memory_tree, tmp_path):
    made = zip_of(memory_tree(FILES))
    path = tmp_path / "x.zip"
    path.write_bytes(b"".join(made.open()))

    try:
        done = subprocess.run(["unzip", "-tq", path], capture_output=True, timeout=30, check=False)
    except FileNotFoundError:
        pytest.skip("unzip isn't installed")

    assert done.returncode == 0, done.stdout


def test_zip_of_nothing_is_a_zip(memory_tree):
    made = zip_of(memory_tree({}))

    with zipfile.ZipFile(io.BytesIO(b"".join(made.open()))) as archive:
        assert archive.namelist() == []


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_range_is_the_range_of_the_whole(memory_tree, data):
    made = zip_of(memory_tree(FILES))
    whole = b"".join(made.open())
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole) + 10))

    assert b"".join(made.open(start=start, stop=stop)) == whole[start:stop]


def test_a_range_reads_only_the_files_it_touches(memory_tree):
    tree = memory_tree(FILES)
    made = zip_of(tree)

    b"".join(made.open(start=made.size_bytes - 100))

    assert tree.read_bytes == 0


class Ranges(io.RawIOBase):
    """A file that is never whole in memory."""

    def __init__(self, made):
        self.made, self.at = made, 0

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.made.size_bytes}[whence]
        return self.at

    def tell(self):
        return self.at

    def read(self, size=-1):
        data = b"".join(self.made.open(start=self.at, stop=None if size < 0 else self.at + size))
        self.at += len(data)
        return data


def test_files_and_offsets_past_four_gibibytes_are_found(memory_tree):
    sizes = {"large": 5 << 30, "small": 4}
    made = zip_of(memory_tree({"large": b"", "small": b"last"}, sizes=sizes))

    with zipfile.ZipFile(Ranges(made)) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == sizes
        assert archive.infolist()[1].header_offset > 5 << 30
        assert archive.read("small") == b"last"


def test_more_files_than_the_old_records_count_are_found(memory_tree, monkeypatch):
    monkeypatch.setattr(zip64, "FULL_COUNT", 4)
    files = {f"{n}": b"%d" % n for n in range(10)}
    made = zip_of(memory_tree(files))

    with zipfile.ZipFile(Ranges(made)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_place_of_a_file_takes_little_memory():
    """A layout is kept while somebody reads it, and an export may have a million files."""

    class Tree:
        def files(self):
            for number in range(5_000):
                path = ("Adams, Alice (E1007)", "Mail", "Inbox", f"2024-03-14 0932 Brown, Bob [LH{number:08}].eml")
                yield Node(path, is_folder=False, size_bytes=9, modified_at=AT, created_at=AT, etag="00" * 32), number

    tracemalloc.start()
    try:
        made = zip_of(Tree())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert made.files == 5_000
    assert held // made.files < 250


@pytest.mark.parametrize(
    ("year", "shown"), [(1970, (1980, 1, 1, 0, 0, 0)), (1901, (1980, 1, 1, 0, 0, 0)), (2200, (2107, 3, 14, 9, 32, 6))]
)
def test_times_that_dos_does_not_know_are_the_nearest_it_knows(memory_tree, year, shown):
    made = zip_of(memory_tree({"a": b"x"}, at=AT.replace(year=year)))

    with zipfile.ZipFile(io.BytesIO(b"".join(made.open()))) as archive:
        assert archive.infolist()[0].date_time == shown
        assert archive.testzip() is None


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_file_of_the_calendars_first_or_last_day_is_in_the_zip(memory_tree, at, zone):
    made = zip_of(memory_tree({"a": b"x"}, at=at), zone)

    with zipfile.ZipFile(io.BytesIO(b"".join(made.open()))) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].date_time[0] == (1980 if at.year == 1 else 2107)


def test_the_time_in_utc_stands_beside_the_local_one(memory_tree):
    made = zip_of(memory_tree({"a": b"x"}))

    with zipfile.ZipFile(io.BytesIO(b"".join(made.open()))) as archive:
        assert struct.unpack("<HHBi", archive.infolist()[0].extra) == (0x5455, 5, 1, int(AT.timestamp()))
