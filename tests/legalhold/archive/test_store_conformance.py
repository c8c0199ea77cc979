"""What every store must do. A new store joins by adding its factory here."""

import threading

import pytest

from legalhold.archive import LocalStore, NameUnusable, ObjectExists, ObjectMissing, ObjectTruncated

STORES = {"local": LocalStore}


@pytest.fixture(params=STORES)
def open_store(request, tmp_path):
    """Open the same objects again, as another process would."""
    return lambda: STORES[request.param](tmp_path / "objects")


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 5000])
def test_object_is_read_back_as_created(open_store, data):
    open_store().create(name="packs/ab/abc", data=data)

    store = open_store()
    assert store.read(name="packs/ab/abc") == data
    assert store.size(name="packs/ab/abc") == len(data)


def test_range_is_read(store):
    store.create(name="a", data=b"0123456789")

    assert store.read(name="a", offset=3, length=4) == b"3456"
    assert store.read(name="a", offset=3) == b"3456789"
    assert store.read(name="a", offset=10) == b""
    assert store.read(name="a", offset=4, length=0) == b""


@pytest.mark.parametrize(("offset", "length"), [(8, 3), (11, 1), (11, None)])
def test_read_beyond_the_end_is_refused(store, offset, length):
    store.create(name="packs/a", data=b"0123456789")

    with pytest.raises(ObjectTruncated, match=r"packs/a ends"):
        store.read(name="packs/a", offset=offset, length=length)


def test_missing_object_is_named(store):
    store.create(name="packs/a", data=b"x")

    for name in ("packs/b", "packs", "packs/a/b", "other/x"):
        with pytest.raises(ObjectMissing, match=name):
            store.read(name=name)
        with pytest.raises(ObjectMissing, match=name):
            store.size(name=name)


def test_create_never_overwrites(store):
    store.create(name="journal/000000000001", data=b"first")

    with pytest.raises(ObjectExists, match=r"journal/000000000001"):
        store.create(name="journal/000000000001", data=b"second")

    assert store.read(name="journal/000000000001") == b"first"
    assert list(store.names(prefix="")) == ["journal/000000000001"]


def test_of_many_creators_exactly_one_succeeds(open_store):
    stores = [open_store() for _ in range(8)]
    barrier = threading.Barrier(len(stores))
    outcomes = []

    def create(number, store):
        barrier.wait()
        try:
            store.create(name="journal/1", data=b"%d" % number * 100_000)
            outcomes.append(number)
        except ObjectExists:
            pass

    threads = [threading.Thread(target=create, args=each) for each in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 1
    assert open_store().read(name="journal/1") == b"%d" % outcomes[0] * 100_000


def test_names_are_sorted_by_their_bytes_and_filtered(store):
    names = ["a-b/x", "a/b", "a.b", "a_b", "packs/0a/0a1", "packs/0b/0b1", "packs/0a/0a0", "packs2/x", "keys/g.1.a"]
    for name in names:
        store.create(name=name, data=b"")

    assert list(store.names(prefix="")) == sorted(names)
    assert list(store.names(prefix="packs/")) == ["packs/0a/0a0", "packs/0a/0a1", "packs/0b/0b1"]
    assert list(store.names(prefix="packs")) == ["packs/0a/0a0", "packs/0a/0a1", "packs/0b/0b1", "packs2/x"]
    assert list(store.names(prefix="packs/0a/0a1")) == ["packs/0a/0a1"]
    assert list(store.names(prefix="journal/")) == []


def test_empty_store_has_no_names(store):
    assert list(store.names(prefix="")) == []


def test_deleted_object_is_gone_and_deleting_again_does_nothing(store):
    store.create(name="packs/a", data=b"x")
    store.create(name="packs/b", data=b"y")

    for name in ("packs/a", "packs/a", "packs", "packs/b/c", "nowhere/a"):
        store.delete(name=name)

    assert list(store.names(prefix="")) == ["packs/b"]
    store.create(name="packs/a", data=b"again")
    assert store.read(name="packs/a") == b"again"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "a/../b",
        "../a",
        ".a",
        "a/.tmp-x",
        "a.",
        "a..b",
        "A",
        "a b",
        "ä",
        "a\0",
        "a\n",
        "-a",
        "a" * 201,
    ],
)
def test_unusable_name_is_refused(store, name):
    with pytest.raises(NameUnusable):
        store.create(name=name, data=b"x")
    with pytest.raises(NameUnusable):
        store.read(name=name)
    with pytest.raises(NameUnusable):
        store.size(name=name)
    with pytest.raises(NameUnusable):
        store.delete(name=name)

    assert list(store.names(prefix="")) == []
