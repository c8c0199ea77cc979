"""An export as a tree: every node, every range, as a ZIP and as a folder."""

from __future__ import annotations

import io
import subprocess
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.exceptions import ObjectDoesNotExist

from exports.models import ExportFile, OwnBytes
from exports.trees import export as export_tree
from exports.trees.export import ExportTree, zip_of
from exports.trees.unreadable import BytesUnreadable
from exports.writers.folder import write_folder
from exports.writers.verify import verify_folder
from legalhold.formats.ics import wrap_event
from tests.exported import ALICE, BOB, ITEMS, OWN, files_of
from tests.mutating import mutate
from tests.organisation import SENT, START, digest, mail


def test_every_item_is_shown_in_its_place_with_its_bytes(tree):
    files = files_of(tree)

    assert list(files) == [*OWN[:3], *ITEMS, OWN[3]]
    for path, item in ITEMS.items():
        captured = item.open().read()
        assert files[path] == (wrap_event(content=captured) if "Review" in path else captured)


def test_every_node_is_found_from_the_root(tree):
    def walk(node):
        for child in tree.children(node):
            assert tree.lookup(child.path) == child
            yield child
            yield from walk(child)

    nodes = list(walk(tree.lookup(())))

    assert sorted("/".join(node.path) for node in nodes if not node.is_folder) == sorted([*OWN, *ITEMS])
    assert {node.name for node in tree.children(tree.lookup(()))} == {*OWN[:3], "_verify", ALICE, BOB}
    assert tree.lookup(("missing",)) is None
    for name in ("", ".", "..", "a/b", "\0", "\ud800", "e\u0301"):
        assert tree.lookup((ALICE, name)) is None
    assert tree.children(tree.lookup(("index.csv",))) == ()


def test_nodes_bear_the_items_dates_and_digests(tree):
    message = tree.lookup(tuple(list(ITEMS)[2].split("/")))
    budget = tree.lookup(tuple(list(ITEMS)[8].split("/")))
    contact = tree.lookup(tuple(next(iter(ITEMS)).split("/")))

    assert (message.modified_at, message.etag, message.media_type) == (
        SENT,
        digest(mail("Q1 forecast", key="1")),
        "message/rfc822",
    )
    assert (budget.modified_at, budget.created_at, budget.media_type) == (SENT, SENT, "application/octet-stream")
    assert contact.modified_at == START + timedelta(days=1)
    assert tree.lookup(()).modified_at == START + timedelta(days=2)


@pytest.mark.parametrize("path", [OWN[0], OWN[1], list(ITEMS)[2], list(ITEMS)[5]])
def test_any_range_of_a_file_is_a_range_of_its_bytes(tree, path):
    node = tree.lookup(tuple(path.split("/")))
    whole = files_of(tree)[path]

    for start, stop in [(0, None), (3, 10), (0, 1), (5, 5), (len(whole) - 1, None), (0, len(whole) + 9)]:
        assert b"".join(tree.open(node, start=start, stop=stop)) == whole[start:stop]


def wrong_ranges(tree) -> list[tuple[str, int, int | None]]:
    files = files_of(tree)
    ranges = [(0, None), (3, 10), (5, 5), (7, 10**6)]
    return [
        (path, start, stop)
        for path in (OWN[1], list(ITEMS)[2], list(ITEMS)[5])
        for start, stop in ranges
        if b"".join(tree.open(tree.lookup(tuple(path.split("/"))), start=start, stop=stop)) != files[path][start:stop]
    ]


@pytest.mark.parametrize(
    ("function", "sound", "mutant"),
    [
        (ExportTree._blocks, "start=start, stop=stop)", "start=start, stop=stop + 1)"),
        (ExportTree._blocks, "[start:stop]", "[start:]"),
        (ExportTree.open, "self._blocks(row, start, end)", "self._blocks(row, 0, end)"),
        (export_tree._own_blocks, "max(0, start - offset)", "0"),
        (export_tree._own_blocks, ": stop - offset", ": stop - offset - 1"),
    ],
)
def test_mutant_that_serves_a_slice_off_is_seen(tree, monkeypatch, function, sound, mutant):
    assert wrong_ranges(tree) == []

    mutate(monkeypatch, function, sound, mutant)

    assert wrong_ranges(tree) != []


def test_our_own_files_are_read_piece_by_piece(tree, monkeypatch):
    monkeypatch.setattr(export_tree, "OWN_PIECE_BYTES", 10)
    node = tree.lookup(("index.csv",))
    row = ExportFile.objects.get(name="index.csv")
    OwnBytes.objects.filter(ordinal=row.ordinal).delete()
    data = bytes(range(100))
    for piece in range(10):
        OwnBytes.objects.create(
            export_id=row.export_id, ordinal=row.ordinal, piece=piece, data=data[piece * 10 : piece * 10 + 10]
        )
    ExportFile.objects.filter(pk=row.pk).update(size_bytes=100)

    for start, stop in [(0, 100), (7, 33), (10, 20), (99, 100)]:
        assert b"".join(tree.open(node, start=start, stop=stop)) == data[start:stop]


def test_the_zip_holds_the_same_files(tree):
    made = zip_of(tree)
    data = b"".join(made.open())

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files_of(tree)
    assert (len(data), made.file_name) == (made.size_bytes, "First.zip")


def test_every_folder_of_an_export_fits_a_listing(tree):
    for node in [tree.lookup(()), *(tree.lookup(path) for path in {node.path[:-1] for node, _ in tree.files()})]:
        children = tree.children(node)
        assert len(children) <= 1_000
        assert sum(750 + len(quote("/".join(child.path))) for child in children) <= 900_000


def test_a_tree_of_an_export_without_rows_cannot_be_opened(export, archive):
    ExportFile.objects.all().delete()

    with pytest.raises(ObjectDoesNotExist):
        ExportTree(export=export, archive=archive)


def test_another_zone_gives_other_names(matter, make):
    make(matter, text="subject:forecast", zone="Asia/Tokyo")

    assert ExportFile.objects.filter(name__startswith="2024-03-14 1732").count() == 1


def test_a_written_export_passes_sha256sum_and_verifies(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path / "out")

    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "_verify/manifest-sha256.txt"],
        cwd=tmp_path / "out",
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, b"")
    assert verify_folder(tree=tree, folder=tmp_path / "out").is_good


def test_a_lost_piece_of_our_own_is_said_and_not_skipped(tree):
    OwnBytes.objects.all().delete()

    with pytest.raises(BytesUnreadable, match=r"index\.csv: piece 0"):
        list(tree.open(tree.lookup(("index.csv",))))
    assert list(tree.open(tree.lookup(("index.csv",)), start=5, stop=5)) == []


def test_listing_and_reading_a_folder_takes_few_queries(tree, django_assert_num_queries):
    folder = tree.lookup(tuple(list(ITEMS)[2].split("/")[:-1]))

    with django_assert_num_queries(1):
        children = tree.children(folder)
    with django_assert_num_queries(3):
        assert b"".join(tree.open(children[0]))
