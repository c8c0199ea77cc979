import os
from pathlib import Path

import pytest

from legalhold.connectors import (
    Exclusions,
    FormatUnknown,
    SourceEmpty,
    SourceMissing,
    SourceNotReadable,
    connect,
    detect_format,
    detection,
)

NOTHING = Exclusions()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a", b"From a@b Thu Mar 14 09:00:00 2024\n", "mbox"),
        ("a", b"Received: x\n\n", "eml"),
        ("a.eml", b"broken", "eml"),
        ("a.ics", b"broken", "ics"),
        ("a.vcf", b"broken", "vcf"),
        ("a.zip", b"PK\x03\x04", "zip"),
        ("a.docx", b"PK\x03\x04", "files"),
        ("a.txt", b"text", "files"),
    ],
)
def test_format_of_a_file(tmp_path, name, data, told):
    (tmp_path / name).write_bytes(data)

    assert detect_format(path=tmp_path / name) == told


def test_format_of_a_folder(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    (tmp_path / "empty").write_bytes(b"")

    assert detect_format(path=tmp_path) == "eml"
    (tmp_path / "b.ics").write_bytes(b"BEGIN:VCALENDAR\n")
    assert detect_format(path=tmp_path) == "files"


def test_format_of_a_folder_of_archives_is_files(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")

    assert detect_format(path=tmp_path) == "files"


def test_format_looks_at_some_files_only(tmp_path, monkeypatch):
    monkeypatch.setattr(detection, "_SNIFFED_FILES", 1)
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    (tmp_path / "b.ics").write_bytes(b"BEGIN:VCALENDAR\n")

    assert detect_format(path=tmp_path) == "eml"


def test_wrong_paths_and_formats_are_told(tmp_path, samples):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    for path, chosen, error, text in [
        (tmp_path / "none", "auto", SourceMissing, "none: no such file"),
        (tmp_path / "a\0b", "auto", SourceMissing, "no such file"),
        (tmp_path / "empty", "auto", SourceEmpty, "empty is empty"),
        (tmp_path / "folder", "auto", SourceEmpty, "holds nothing readable"),
        (tmp_path / "pipe", "auto", FormatUnknown, "neither a file nor a folder"),
        (tmp_path / "folder", "pst", FormatUnknown, "pst is no format; choose auto or one of eml, files"),
        (tmp_path / "folder", "zip", FormatUnknown, "is a folder and can't be read as zip"),
        (samples / "mail/held.mbox", "maildir", FormatUnknown, "is a file and can't be read as maildir"),
    ]:
        with pytest.raises(error, match=text):
            connect(path=path, format=chosen, exclude=NOTHING)


def test_path_that_may_not_be_read_is_told(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(detection, "open_file", refuse)
    with pytest.raises(SourceNotReadable, match="run as a user who may read it"):
        detect_format(path=tmp_path / "a")
    with pytest.raises(SourceEmpty):
        detect_format(path=tmp_path)
    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(SourceNotReadable, match="Permission denied"):
        detect_format(path=tmp_path / "a")


def test_folder_with_a_path_too_long_is_detected_by_the_rest(tmp_path, monkeypatch):
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    monkeypatch.chdir(tmp_path)
    while len(os.getcwd()) < 3900:  # a folder that can be listed, of a file that can't be named
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    Path("f" * 200).write_bytes(b"x")

    assert detect_format(path=tmp_path) == "eml"


@pytest.fixture
def bound_by_modes():
    """Not root for as long as a test looks: root may read whatever its mode says."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def test_folder_that_may_be_listed_but_not_entered_is_detected_by_the_rest(listed_only, bound_by_modes):
    assert detect_format(path=listed_only) == "eml"
    with pytest.raises(SourceNotReadable, match="closed: Permission denied"):
        detect_format(path=listed_only / "closed")


@pytest.fixture
def listed_only(tmp_path, monkeypatch):
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    for name, mode in (("listed", 0o444), ("closed", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.ics").write_bytes(b"BEGIN:VCALENDAR\n")
        (tmp_path / name).chmod(mode)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # from here no folder above has to let the user pass
    yield Path()
    for name in ("listed", "closed"):
        (tmp_path / name).chmod(0o700)


def test_file_on_a_failing_disk_is_told(tmp_path, monkeypatch):
    def failing(*args):
        raise OSError(5, "Input/output error")

    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(detection, "open_file", failing)

    with pytest.raises(SourceNotReadable, match="a: Input/output error; copy it to where it can be read"):
        detect_format(path=tmp_path / "a")


def test_file_that_tells_nothing_ends_no_folder(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "z.eml").write_bytes(b"From: a\n\n")
    (tmp_path / "a.mbox").write_bytes(b"From -\nSubject: s\n\n")

    assert detect_format(path=tmp_path) == "eml"
