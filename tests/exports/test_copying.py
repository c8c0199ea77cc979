"""Copying an export out is recorded when it begins and when it has ended, however it ended."""

from __future__ import annotations

import json
import os

import pytest

from exports.services import write_export, zip_export
from exports.writers.folder import FolderNotOurs
from legalhold.audit.models import AuditEvent
from legalhold.matters.access import MatterUnknown, NotAllowed
from tests.acting import NOBODY, STRANGER


@pytest.fixture
def copied(export, archive, access, clock):
    def run(act, *, access=access, **given):
        return act(export=export, archive=archive, access=access, now=clock, **given)

    return run


def events() -> list[tuple[str, dict]]:
    found = AuditEvent.objects.filter(verb__startswith="export.cop").order_by("pk")
    return [(event.verb, json.loads(bytes(event.body))["body"]) for event in found]


def test_folder_is_recorded_with_what_is_in_it(export, copied, tmp_path):
    folder = tmp_path / "out"

    done = copied(write_export, folder=folder, progress=lambda *_: None)

    where = {"form": "folder", "destination": str(folder)}
    figures = {"written": export.files, "kept": 0, "bytes": done.bytes, "missing": 0}
    assert events() == [("export.copy_started", where), ("export.copied", {**where, **figures})]


def test_zip_is_recorded_with_its_digest(copied, tmp_path):
    copied(zip_export, path=tmp_path / "a.zip", write=lambda body: f"digest of {body.size_bytes > 0}")

    where = {"form": "zip", "destination": str(tmp_path / "a.zip")}
    [started, (verb, body)] = events()
    assert started == ("export.copy_started", where)
    assert (verb, body["sha256"], body["bytes"] > 0) == ("export.copied", "digest of True", True)


def test_destination_whose_name_is_no_text_is_recorded_as_near_as_can_be(copied, tmp_path):
    folder = tmp_path / os.fsdecode(b"a\xff")
    folder.write_bytes(b"")

    with pytest.raises(FolderNotOurs):
        copied(write_export, folder=folder, progress=lambda *_: None)

    assert [body["destination"] for _, body in events()] == [f"{tmp_path}/a\\udcff"] * 2
    assert events()[1][1]["error"] == f"FolderNotOurs: {tmp_path}/a\\udcff is a file: name a folder"


def test_copy_that_fails_is_recorded_with_why(copied, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FolderNotOurs):
        copied(write_export, folder=tmp_path, progress=lambda *_: None)

    assert [verb for verb, _ in events()] == ["export.copy_started", "export.copy_failed"]
    assert events()[1][1]["error"].startswith("FolderNotOurs: ")


def test_nobody_copies_without_permission_or_matter(copied, tmp_path):
    with pytest.raises(NotAllowed):
        copied(write_export, access=NOBODY, folder=tmp_path / "out", progress=lambda *_: None)
    with pytest.raises(MatterUnknown):
        copied(zip_export, access=STRANGER, path=tmp_path / "a.zip", write=lambda _: "")

    assert (events(), (tmp_path / "out").exists(), (tmp_path / "a.zip").exists()) == ([], False, False)
