"""Search, collections, exports and shares, as commands."""

from __future__ import annotations

import subprocess
import zipfile
from hashlib import sha256

import pytest

from exports.models import Export
from legalhold.review.models import Collection, IndexedSnapshot
from webdav.models import Share


@pytest.fixture
def held(done, office):
    """Mail and calendar on hold, so that the matter is shown both."""
    done("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2")
    return office


@pytest.fixture
def exported(done, held):
    return done("export", "create", "For counsel", "--hold", "Adams")


def test_search_in_a_matter_finds_and_saves(run, done, held):
    found = done("search", "kind:message", "--matter", "Case A", "--limit", "3")

    saved = run("search", "kind:message", "--matter", "Case A", "--limit", "3", "--save", "All mail")

    assert (found["items"], len(found["hits"]), found["unindexed"]) == (20, 3, 0)
    assert {hit["kind"] for hit in found["hits"]} == {"message"}
    assert saved.out.splitlines()[-1].startswith("collection All mail of matter Case A: 20 items (")
    assert "20 items (" in saved.out.splitlines()[-2]
    assert done("collection", "show", "All mail")["items"] == 20
    assert run("collection", "list").out.splitlines()[1].startswith("Case A  All mail    frozen     20  ")
    assert len(done("collection", "list", "--matter", "Case A")["collections"]) == 1


def test_search_everywhere_needs_no_matter(done, office):
    assert done("search", "kind:event")["items"] > 0


def test_search_of_custodians(done, held):
    both = done("search", "kind:message OR kind:event", "--matter", "Case A", "--custodian", "E1", "--custodian", "E2")
    second = done("search", "", "--matter", "Case A", "--custodian", "bob@example.org")

    assert both["query"] == '(kind:message OR kind:event) AND (custodian:"E1" OR custodian:"E2")'
    assert second["query"] == 'custodian:"E2"'
    assert {hit["source"] for hit in second["hits"]} == {"Calendar"}


def test_search_says_how_many_have_no_date(run, held):
    assert (
        "of the scope have no date that could be compared"
        in run("search", "after:2000-01-01", "--matter", "Case A").out
    )


def test_search_says_which_snapshots_it_could_not_look_into(run, done, held):
    IndexedSnapshot.objects.all().delete()

    assert (
        "not looked into: 2 snapshots without an index yet\n" in run("search", "kind:message", "--matter", "Case A").out
    )
    assert done("search", "kind:message")["unindexed"] == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("subject:(",), "column 9"),
        (("shoe:38",), "column 1"),
        (("x", "--matter", "Case Z"), "no matter has the name or key 'Case Z'"),
        (("x", "--matter", "Case A", "--custodian", "eve@example.org"), "no custodian has the address"),
        (("zzzz", "--matter", "Case A", "--save", "None"), "nothing was found"),
    ],
)
def test_search_that_can_not_be_done_saves_nothing(run, held, words, line):
    ran = run("search", *words)

    assert (ran.code, Collection.objects.count()) == (1, 0)
    assert line in ran.err
    assert ran.err.count("\n") == 1


def test_collection_unknown_is_refused(run, office):
    ran = run("collection", "show", "None")

    assert ran.code == 1
    assert "no collection has the key or name 'None'" in ran.err
    assert run("collection", "list").out.startswith("no collections yet")


def test_export_of_a_hold_is_whole(run, done, exported):
    counts = exported["counts"]

    assert (
        counts["collected"] == counts["exported"] + counts["duplicates"] + counts["withheld"] + counts["not_exported"]
    )
    assert (counts["not_exported"], exported["state"]) == (0, "ready")
    assert "not exported   0\nwithheld       0" in run("export", "show", "For counsel").out
    assert run("export", "list").out.splitlines()[1].startswith("Case A  For counsel  ready")
    assert [one["name"] for one in done("export", "list", "--matter", "Case A")["exports"]] == ["For counsel"]


def test_export_of_a_custodian_of_a_hold_and_of_a_collection(done, held):
    done("search", "kind:message", "--matter", "Case A", "--save", "All mail")

    whole = done("export", "create", "Alice", "--hold", "Adams", "--custodian", "E1")
    mail = done("export", "create", "Mail", "--collection", "All mail", "--zone", "Europe/Berlin")

    assert (whole["counts"]["collected"], mail["counts"]["collected"], mail["zone"]) == (20, 20, "Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create", "New"), 2),
        (("create", "New", "--hold", "Baker"), 1),
        (("create", "New", "--collection", "None"), 1),
        (("create", "New", "--hold", "Adams", "--zone", "Mars/Base"), 1),
        (("create", "New", "--hold", "Adams", "--custodian", "eve@example.org"), 1),
        (("show", "New"), 1),
        (("write", "New", "/nowhere"), 1),
    ],
)
def test_export_that_can_not_be_made_is_one_line(run, held, words, code):
    ran = run("export", *words)

    assert (ran.code, Export.objects.filter(state="ready").count()) == (code, 0)
    assert ran.err.count("\n") == 1


def test_export_without_any_says_what_to_do(run):
    assert run("export", "list").out == "no exports yet; `export create` makes one\n"


def test_export_written_is_what_its_manifest_says(run, done, exported, tmp_path):
    folder = tmp_path / "out"

    written = done("export", "write", "For counsel", folder)
    again = done("export", "write", "For counsel", folder)

    assert (written["written"], again["written"], again["kept"]) == (exported["files"], 0, exported["files"])
    sums = ["sha256sum", "--check", "--strict", "--quiet", "_verify/manifest-sha256.txt"]
    assert subprocess.run(sums, cwd=folder, check=False, timeout=30).returncode == 0
    assert done("export", "verify", "For counsel", "--folder", folder)["is_good"] is True
    assert done("export", "verify", "For counsel")["findings"] == []


def test_export_verify_names_a_changed_file(run, done, exported, tmp_path):
    folder = tmp_path / "out"
    done("export", "write", "For counsel", folder)
    (folder / "index.csv").write_text("changed")

    ran = run("export", "verify", "For counsel", "--folder", folder)

    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith("1 finding in ")
    assert ran.out.splitlines()[1].startswith("  index.csv: has 7 bytes instead of ")


def test_export_is_not_written_over_something_else(run, exported, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    ran = run("export", "write", "For counsel", tmp_path)

    assert ran.code == 1
    assert "isn't empty and doesn't hold this export" in ran.err


def test_export_zip_is_whole_and_new(run, done, exported, tmp_path):
    path = tmp_path / "out.zip"

    data = done("export", "zip", "For counsel", path)
    again = run("export", "zip", "For counsel", path)
    nowhere = run("export", "zip", "For counsel", tmp_path / "none" / "out.zip")

    assert data["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert data["zip_bytes"] == path.stat().st_size
    assert zipfile.ZipFile(path).testzip() is None
    assert (again.code, again.err) == (1, f"export: {path} exists; name a new file\n")
    assert (nowhere.code, nowhere.err) == (
        1,
        f"export: {tmp_path}/none/out.zip: No such file or directory\n",
    )
    assert [one.name for one in tmp_path.glob("*.zip*")] == ["out.zip"]


def test_share_prints_its_secret_once(run, done, exported):
    opened = done("share", "open", "For counsel", "--to", "counsel@example.org", "--until", "2099-12-31")
    listed = run("share", "list")

    assert len(opened["secret"]) == 43
    assert opened["url"] == "http://127.0.0.1:8081/dav/"
    assert opened["secret"] not in listed.out
    assert (
        f"{opened['user_name']}  Case A  For counsel  counsel@example.org  open   2100-01-01 00:00:00 UTC" in listed.out
    )


def test_share_says_how_each_client_opens_it(run, exported):
    text = run("share", "open", "For counsel", "--to", "counsel@example.org", "--until", "2099-12-31").out

    for client in ("Browser", "Windows Explorer", "macOS Finder", "davfs2", "rclone", "cadaver", "curl"):
        assert f"\n{client} " in text
    assert "dav://127.0.0.1:8081/dav/" in text


def test_share_is_revoked_once(run, done, exported):
    user = done("share", "open", "For counsel", "--to", "counsel@example.org", "--until", "2099-12-31")["user_name"]

    revoked = run("share", "revoke", user)
    again = run("share", "revoke", user)

    assert revoked.out == f"share {user} is revoked; nothing can be read through it any more\n"
    assert again.code == 1
    assert again.err.startswith(f"share: share {user} ended on ")
    assert done("share", "list")["shares"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (
            ("open", "For counsel", "--to", "c", "--until", "2001-01-01"),
            1,
            "2001-01-01 is over in UTC; give a later day",
        ),
        (("open", "For counsel", "--to", "c", "--until", "soon"), 2, "'soon' is no date"),
        (("open", "For counsel", "--until", "2099-12-31"), 2, "the following arguments are required: --to"),
        (("open", "None", "--to", "c", "--until", "2099-12-31"), 1, "no export has the key or name 'None'"),
        (("revoke", "share-none"), 1, "no share has the user name 'share-none'"),
    ],
)
def test_share_that_can_not_be_opened_is_one_line(run, exported, words, code, line):
    ran = run("share", *words)

    assert (ran.code, Share.objects.count()) == (code, 0)
    assert line in ran.err
    assert ran.err.count("\n") == 1


def test_share_list_without_any_says_what_to_do(run):
    assert run("share", "list").out == "no shares yet; `share open` opens one\n"


def test_search_that_saves_without_a_matter_is_refused(run, held):
    ran = run("search", "kind:message", "--save", "All mail")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "search: --save needs --matter: a collection belongs to a matter, and nothing was saved\n"
    assert Collection.objects.count() == 0


def test_export_of_a_collection_is_never_taken_for_one_custodians(run, done, held):
    done("search", "kind:message", "--matter", "Case A", "--save", "All mail")

    ran = run("export", "create", "Alice alone", "--collection", "All mail", "--custodian", "E1")

    assert (ran.code, ran.err.startswith("export: --custodian goes with --hold")) == (2, True)
    assert Export.objects.count() == 0
