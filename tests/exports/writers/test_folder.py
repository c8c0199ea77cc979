"""Writing an export into a folder, and checking it there."""

import subprocess
from hashlib import sha256

import pytest

from exports.trees.unreadable import BytesUnreadable
from exports.writers import folder
from exports.writers.folder import UNFINISHED, FolderBusy, FolderNotOurs, write_folder
from exports.writers.verify import Finding, verify_folder, verify_tree
from tests.mutating import mutate

FILES = {"index.csv": b"a,b\r\n", "Müller/Mail/a b [LH00000001].eml": b"x" * 5_000, "Müller/empty": b""}


def with_manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    lines = "".join(f"{sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    return {**files, "_verify/manifest-sha256.txt": lines.encode()}


@pytest.fixture
def tree(memory_tree):
    return memory_tree(with_manifest(FILES))


def test_write_folder_writes_every_file_with_its_time(tree, tmp_path):
    written = write_folder(tree=tree, folder=tmp_path / "out")

    assert (written.written, written.kept, written.bytes) == (4, 0, sum(map(len, with_manifest(FILES).values())))
    assert {path: (tmp_path / "out" / path).read_bytes() for path in FILES} == FILES
    assert (tmp_path / "out" / "index.csv").stat().st_mtime == tree.at.timestamp()
    assert not (tmp_path / "out" / UNFINISHED).exists()


def test_a_written_folder_passes_sha256sum(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path)

    done = subprocess.run(
        ["sha256sum", "-c", "_verify/manifest-sha256.txt"], cwd=tmp_path, capture_output=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b": OK\n") == 3


def test_write_folder_finishes_what_was_begun(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path)
    (tmp_path / "index.csv").write_bytes(b"half")
    (tmp_path / "Müller/empty").unlink()
    (tmp_path / UNFINISHED).write_bytes(b"left")
    seen = []

    written = write_folder(tree=tree, folder=tmp_path, progress=lambda files, size: seen.append((files, size)))

    assert (written.written, written.kept) == (2, 2)
    assert [files for files, _ in seen] == [1, 2, 3, 4]
    assert verify_folder(tree=tree, folder=tmp_path).is_good


def test_write_folder_refuses_a_folder_of_others(tree, tmp_path):
    (tmp_path / "thesis.doc").write_bytes(b"mine")

    with pytest.raises(FolderNotOurs, match="isn't empty"):
        write_folder(tree=tree, folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_write_folder_refuses_another_export(tree, memory_tree, tmp_path):
    write_folder(tree=memory_tree(with_manifest({"index.csv": b"other"})), folder=tmp_path)

    with pytest.raises(FolderNotOurs, match="doesn't hold this export"):
        write_folder(tree=tree, folder=tmp_path)

    assert (tmp_path / "index.csv").read_bytes() == b"other"


def test_write_folder_refuses_foreign_files_beside_its_own(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path)
    (tmp_path / "added.txt").write_bytes(b"x")

    with pytest.raises(FolderNotOurs, match=r"such as added\.txt"):
        write_folder(tree=tree, folder=tmp_path)


def test_write_folder_refuses_a_file(tree, tmp_path):
    (tmp_path / "out").write_bytes(b"x")

    with pytest.raises(FolderNotOurs, match="is a file"):
        write_folder(tree=tree, folder=tmp_path / "out")


def test_write_folder_without_a_manifest_in_the_tree_refuses_what_is_not_empty(memory_tree, tmp_path):
    (tmp_path / "_verify").mkdir()
    (tmp_path / "_verify/manifest-sha256.txt").write_bytes(b"x")

    with pytest.raises(FolderNotOurs):
        write_folder(tree=memory_tree(FILES), folder=tmp_path)


@pytest.fixture
def wrong_tree(tree):
    """A tree that gives other bytes than its digests say."""
    tree.bytes[("index.csv",)], wrong = b"wrong", tree._file(("index.csv",))
    tree._file = lambda path, known=tree._file: wrong if path == ("index.csv",) else known(path)
    return tree


def test_write_folder_gives_no_name_to_wrong_bytes_and_writes_the_rest(wrong_tree, tmp_path):
    done = write_folder(tree=wrong_tree, folder=tmp_path / "out")

    assert [(one.path, one.reason.startswith("has SHA-256 ")) for one in done.missing] == [("index.csv", True)]
    assert (done.written, done.kept) == (3, 0)
    assert not (tmp_path / "out/index.csv").exists()
    assert (tmp_path / "out/Müller/empty").exists()


def test_write_folder_tells_what_can_not_be_read_and_writes_the_rest(tree, tmp_path):
    tree.unreadable = {("index.csv",)}

    done = write_folder(tree=tree, folder=tmp_path / "out")

    assert [one.path for one in done.missing] == ["index.csv"]
    assert (done.written, (tmp_path / "out/index.csv").exists()) == (3, False)


def test_write_folder_is_for_its_owner_alone(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path / "above" / "out")

    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "above" / "out").rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in (tmp_path / "above" / "out").rglob("*") if path.is_dir()}
    assert (modes, folders, (tmp_path / "above" / "out").stat().st_mode & 0o777) == ({0o600}, {0o700}, 0o700)


def test_write_folder_writes_through_no_link_that_somebody_planted(tree, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    (tmp_path / "out/_verify").mkdir(parents=True)
    (tmp_path / "out" / UNFINISHED).symlink_to(other)

    write_folder(tree=tree, folder=tmp_path / "out")

    assert other.read_bytes() == b"theirs"
    assert verify_folder(tree=tree, folder=tmp_path / "out").is_good


def test_write_folder_is_one_at_a_time(tree, tmp_path):
    refused = []

    def meanwhile(files, _size):
        if files == 1:
            with pytest.raises(FolderBusy, match="somebody is writing into") as refusal:
                write_folder(tree=tree, folder=tmp_path / "out")
            refused.append(refusal.value)

    done = write_folder(tree=tree, folder=tmp_path / "out", progress=meanwhile)

    assert (len(refused), done.written) == (1, 4)


def test_mutant_that_checks_no_digest_gives_wrong_bytes_their_name(wrong_tree, tmp_path, monkeypatch):
    mutate(monkeypatch, folder._write, "if digest.hexdigest() != node.etag:", "if False:")

    write_folder(tree=wrong_tree, folder=tmp_path / "out")

    assert (tmp_path / "out/index.csv").read_bytes() == b"wrong"
    assert [finding.path for finding in verify_folder(tree=wrong_tree, folder=tmp_path / "out").findings] == [
        "index.csv"
    ]


def test_verify_folder_names_every_difference(tree, tmp_path):
    write_folder(tree=tree, folder=tmp_path)
    (tmp_path / "index.csv").write_bytes(b"a,c\r\n")
    (tmp_path / "Müller/empty").write_bytes(b"not")
    (tmp_path / "Müller/Mail/a b [LH00000001].eml").unlink()
    (tmp_path / "added").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "Müller")

    found = verify_folder(tree=tree, folder=tmp_path)

    assert not found.is_good
    assert [(finding.path, finding.reason.split(" ")[:2]) for finding in found.findings] == [
        ("index.csv", ["has", "SHA-256"]),
        ("Müller/Mail/a b [LH00000001].eml", ["is", "missing"]),
        ("Müller/empty", ["has", "3"]),
        ("added", ["is", "not"]),
        ("link", ["is", "not"]),
    ]


def test_verify_tree_reads_every_byte(tree):
    found = verify_tree(tree=tree)

    assert (found.files, found.bytes, found.findings) == (4, tree.read_bytes, ())


def test_verify_tree_names_what_the_archive_cannot_give(tree):
    def broken(node, *, start=0, stop=None):
        raise BytesUnreadable("packs/ab/cd: gone")

    tree.open = broken

    assert verify_tree(tree=tree).findings[0] == Finding("index.csv", "can't be read: packs/ab/cd: gone")
