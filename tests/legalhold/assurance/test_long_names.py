"""Paths and names of any length, on both databases: captured, shown, found, exported whole, and back in a rebuild."""

from __future__ import annotations

import csv
import os
import random
import string
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from exports.services import create_export
from exports.trees.export import ExportTree
from legalhold.catalog.models import Source, Version
from legalhold.catalog.reading import listing
from legalhold.connectors.keys import MAX_KEY_BYTES
from legalhold.formats import ItemKind
from legalhold.ingest.services import IngestRequest, VanishedShare, ingest
from legalhold.journal import services as journal
from legalhold.review.indexing import index_pending
from legalhold.review.services import collect


def noise(length: int, seed: int = 1) -> str:
    """A name that doesn't compress: an index takes a longer one that does."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


LONG = noise(20_000) + " minutes.txt"
DEEP = [noise(200, seed) for seed in range(15)]


def tree(root) -> None:
    """Three files below a path of 3,000 bytes, in folders and under names that are alike in all but the end."""
    here = os.open(root, os.O_RDONLY)
    for name in DEEP:
        os.mkdir(name, dir_fd=here)
        here = os.open(name, os.O_RDONLY, dir_fd=here)
    for name in ("a", "b"):
        os.mkdir(name, dir_fd=here)
    for name in ("a/last", "b/last", "last"):
        with open(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
            file.write(name)


@pytest.fixture
def captured(house, tmp_path):
    """Alice's tree and ZIP, captured by the real service."""
    house.begin()
    house.clock.advance(timedelta(days=100))
    (tmp_path / "tree").mkdir()
    tree(tmp_path / "tree")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in (LONG, LONG + "x", "/".join([*DEEP, LONG])):
            archive.writestr(name, name[-9:])
    sources = {name: capture(house, tmp_path / name) for name in ("tree", "a.zip")}
    index_pending(at=house.clock())
    journal.flush(archive=house.archive)
    return sources


def capture(house, path, **said) -> Source:
    house.clock.advance(timedelta(minutes=1))
    request = IngestRequest(path=path, custodian="alice@example.com", source=path.name, create=True, **said)
    report = ingest(request=request, archive=house.archive, access=house.access, now=house.clock)
    assert (report.state, report.ledger["not_captured"]) == ("complete", 0)
    return Source.objects.get(key=report.source_key)


def places(source, sequence=1) -> list[tuple[bytes, bytes]]:
    shown = listing(source_id=source.pk, sequence=sequence)
    return sorted((one.folder, one.name) for one in shown if one.kind is ItemKind.FILE)


ABOVE = "/".join(DEEP).encode()
IN_TREE = [(ABOVE, b"last"), (ABOVE + b"/a", b"last"), (ABOVE + b"/b", b"last")]
IN_ZIP = sorted([(b"", LONG.encode()), (b"", LONG.encode() + b"x"), (ABOVE, LONG.encode())])


def test_long_paths_and_names_are_kept_whole(captured):
    assert (places(captured["tree"]), places(captured["a.zip"])) == (IN_TREE, IN_ZIP)
    below = listing(source_id=captured["tree"].pk, sequence=1, folder=ABOVE + b"/b")
    assert [one.name for one in below] == [b"last"]
    assert max(len(key) for key in Version.objects.values_list("item_key", flat=True)) <= MAX_KEY_BYTES


def test_long_paths_are_known_again_and_what_is_gone_is_seen(house, captured, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tree").joinpath(*DEEP, "b", "last").unlink()
    before = Version.objects.count()
    with pytest.raises(VanishedShare) as asked:
        capture(house, tmp_path / "tree")

    capture(house, tmp_path / "tree", confirm=asked.value.digest)

    assert (places(captured["tree"], 3), Version.objects.count()) == (IN_TREE[:2], before)


def test_long_names_are_found_and_exported_whole(house, captured):
    given = {"archive": house.archive, "access": house.access, "at": house.clock()}
    collection = collect(text="name:minutes", matter=house.matter, name="Long", **given)

    export = create_export(collection=collection, name="Long", **given)

    tree = ExportTree(export=export, archive=house.archive)
    index = b"".join(tree.open(tree.lookup(("index.csv",)))).decode("utf-8-sig")
    paths = {row["Original path"] for row in csv.DictReader(index.splitlines())}
    assert paths == {LONG, LONG + "x", f"{ABOVE.decode()}/{LONG}"}


def test_long_paths_and_names_come_back_in_a_rebuild(house, captured):
    before = house.facts()
    house.lose()

    done = house.rebuild()

    assert (done.is_good, house.facts() == before) == (True, True)
    sources = {source.name: source for source in Source.objects.all()}
    assert (places(sources["tree"]), places(sources["a.zip"])) == (IN_TREE, IN_ZIP)
