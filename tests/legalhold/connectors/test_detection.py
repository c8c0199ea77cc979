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
    from legalhold.connectors import detection

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
    from legalhold.connectors import detection

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
