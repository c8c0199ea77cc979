import random as randomness
from hashlib import sha256

import pytest

from legalhold.archive import (
    ArchiveExists,
    JournalEntry,
    KeysMissing,
    MasterKey,
    MasterKeyWrong,
    PackWriter,
    PartKind,
    create_archive,
    new_pack_name,
    open_archive,
)


def test_archive_is_opened_again_with_all_it_holds(tmp_path, master, random):
    archive = create_archive(root=tmp_path / "a", master=master, random=random)
    writer = PackWriter(name=new_pack_name(random), group=archive.group, random=random)
    entry = writer.add(kind=PartKind.DATA, digest=sha256(b"x").digest(), data=b"x")
    archive.store.create(name=writer.name, data=writer.finish())
    head = archive.journal.append(
        previous=archive.journal.head(), entries=[JournalEntry("a.b", b"{}", 0)], random=random
    )

    opened = open_archive(root=tmp_path / "a", master=master, random=random)

    assert opened.parts.read(pack=writer.name, entry=entry) == b"x"
    assert opened.journal.head() == head
    assert opened.keys.names() == ("journal", "organisation")
    assert opened.group == archive.group


def test_creating_again_opens_what_there_is(tmp_path, master, random):
    first = create_archive(root=tmp_path / "a", master=master, random=random)

    assert create_archive(root=tmp_path / "a", master=master, random=random).group == first.group


@pytest.mark.parametrize("lost", ["journal.000001.b", "organisation.000001.*", "organisation.000001.b"])
def test_creation_cut_short_is_completed(tmp_path, master, random, lost):
    create_archive(root=tmp_path / "a", master=master, random=random)
    for path in (tmp_path / "a" / "keys").glob(lost):
        path.unlink()

    archive = create_archive(root=tmp_path / "a", master=master, random=random)

    assert len(list(archive.store.names(prefix="keys/"))) == 4
    assert list(archive.keys.damages()) == []


@pytest.mark.parametrize("lost", ["*", "organisation.*", "journal.*"])
def test_objects_that_lost_their_keys_get_no_new_ones(tmp_path, master, random, lost):
    archive = create_archive(root=tmp_path / "a", master=master, random=random)
    archive.journal.append(previous=archive.journal.head(), entries=[], random=random)
    for path in (tmp_path / "a" / "keys").glob(lost):
        path.unlink()
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(ArchiveExists, match=r"journal/000000000001 exists, but the key group .* has no key; restore"):
        create_archive(root=tmp_path / "a", master=master, random=random)

    assert sorted(tmp_path.rglob("*")) == before


def test_other_master_key_changes_nothing(tmp_path, master, random):
    create_archive(root=tmp_path / "a", master=master, random=random)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(MasterKeyWrong):
        create_archive(root=tmp_path / "a", master=MasterKey(b"o" * 32), random=random)

    assert sorted(tmp_path.rglob("*")) == before


def test_folder_without_an_archive_is_told(tmp_path, master, random):
    with pytest.raises(KeysMissing):
        open_archive(root=tmp_path / "nothing", master=master, random=random)

    assert not (tmp_path / "nothing").exists()


def test_randomness_alone_makes_archives_differ(tmp_path, master):
    groups = [
        create_archive(root=tmp_path / str(seed), master=master, random=randomness.Random(seed).randbytes).group
        for seed in (1, 2)
    ]

    assert groups[0].secret != groups[1].secret
