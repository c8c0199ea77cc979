"""What couldn't be looked at, or a rule hides, closes nothing; the rest of the source closes as ever."""

from __future__ import annotations

import shutil

import pytest

from legalhold.catalog.models import LIVE, Version
from legalhold.connectors import ExclusionRule, Exclusions


def mail(folder, *names: str) -> None:
    for box in ("cur", "new", "tmp"):
        (folder / box).mkdir(parents=True)
    for name in names:
        (folder / "cur" / name).write_text(f"Subject: {name}\n\n")


def files(folder, *names: str) -> None:
    folder.mkdir()
    for name in names:
        (folder / name).write_text(name)


def closed() -> list[bytes]:
    return sorted(bytes(key) for key in Version.objects.exclude(last_seen=LIVE).values_list("item_key", flat=True))


@pytest.fixture(params=[("files", files, "Sent"), ("maildir", mail, ".Sent")], ids=["files", "maildir"])
def captured(desk, request):
    """A folder with messages or files in it, and others beside it, captured once; the format and the folder."""
    told, write, name = request.param
    (desk.folder).rmdir()
    write(desk.folder, "1", "2", "3", "4", "5")
    write(desk.folder / name, "6", "7")
    desk.ingest(format=told)
    return told, desk.folder / name


def lose(desk) -> None:
    """Remove one of the others, whose end must be seen."""
    for path in desk.folder.rglob("5"):
        path.unlink()


def test_folder_that_became_a_link_closes_nothing_below(desk, captured):
    told, folder = captured
    folder.rename(desk.folder.parent / "elsewhere")
    folder.symlink_to(desk.folder.parent / "elsewhere")
    lose(desk)

    report = desk.ingest(format=told)

    assert (report.state, report.ledger["not_captured"], closed()) == ("complete", 1, [b"5"])


def test_folder_that_is_excluded_later_closes_nothing_below(desk, captured):
    told, folder = captured
    rule = ExclusionRule("later", folder.name.encode())
    lose(desk)

    report = desk.ingest(format=told, exclude=Exclusions([rule]))

    assert (report.state, report.ledger["excluded"], closed()) == ("complete", 1, [b"5"])


def test_folder_that_is_gone_closes_what_was_in_it(desk, captured):
    told, folder = captured
    shutil.rmtree(folder)

    report = desk.ingest(format=told)

    assert (report.state, report.ledger["closed"], len(closed())) == ("complete", 2, 2)


def test_file_that_cannot_be_read_hides_the_folder_it_took_the_place_of(desk):
    desk.folder.rmdir()
    files(desk.folder, "1", "2", "3", "4")
    files(desk.folder / "5", "6")
    desk.ingest()
    shutil.rmtree(desk.folder / "5")
    (desk.folder / "5").write_text("5")

    report = desk.ingest(stop=lambda: (desk.folder / "5").write_text("changing") < 0)

    assert (report.ledger["not_captured"], report.ledger["files_unreadable"], closed()) == (1, 1, [])


def test_boxes_excluded_later_close_nothing(desk):
    desk.folder.rmdir()
    mail(desk.folder, "1", "2", "3", "4", "5")
    desk.ingest(format="maildir")

    report = desk.ingest(format="maildir", exclude=Exclusions([ExclusionRule("read", b"cur")]))

    assert (report.state, report.ledger["excluded"], report.ledger["closed"]) == ("complete", 1, 0)
