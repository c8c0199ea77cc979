"""What `export` says of an export: verified or not, what isn't in it, and what it tells its readers."""

from __future__ import annotations

import json

from exports.models import Export
from legalhold.audit.models import AuditEvent
from legalhold.matters.models import Matter
from legalhold.review.models import Collection


def test_export_copied_to_a_relative_place_is_recorded_with_where_that_is(done, exported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done("export", "write", "For counsel", "out")
    done("export", "zip", "For counsel", "out.zip")

    copied = AuditEvent.objects.filter(verb="export.copied").order_by("pk")
    assert [json.loads(bytes(event.body))["body"]["destination"] for event in copied] == [
        str(tmp_path / "out"),
        str(tmp_path / "out.zip"),
    ]


def test_export_show_says_whether_it_was_ever_verified(run, done, exported):
    assert "state       Ready, never verified\n" in run("export", "show", "For counsel").out

    verified = done("export", "verify", "For counsel")
    ran = run("export", "verify", "For counsel")

    assert ran.out.splitlines()[-1].startswith("export For counsel: verified on ")
    assert ": 0 findings\n" in run("export", "show", "For counsel").out
    data = done("export", "show", "For counsel")
    assert (data["verify_findings"], data["not_exported"], exported["verified_at"]) == (0, [], None)
    assert verified["verified_at"] is not None


def test_export_show_names_what_was_not_exported(run, done, held, home):
    for pack in home.rglob("packs/*/*"):
        pack.unlink()

    created = done("export", "create", "Lost", "--hold", "Adams")

    left = created["counts"]["not_exported"]
    lines = [line for line in run("export", "show", "Lost").out.splitlines() if line.startswith("not exported: ")]
    assert (left > 0, len(lines), len(done("export", "show", "Lost")["not_exported"])) == (True, left, left)
    assert all(line.endswith(": Unreadable") for line in lines)


def test_export_tells_its_scope_only_when_asked_to(done, held, tmp_path):
    told = {}
    for name, options in (("Untold", ()), ("Told", ("--show-scope",))):
        done("export", "create", name, "--hold", "Adams", *options)
        done("export", "write", name, tmp_path / name)
        told[name] = "Adams" in (tmp_path / name / "READ ME FIRST.html").read_text("utf-8").partition("<h2>")[0]

    assert told == {"Untold": False, "Told": True}


def test_export_of_a_name_in_several_matters_is_asked_for_by_key(run, done, exported):
    done("matter", "create", "Case B")
    Export.objects.create(
        matter=Matter.objects.get(name="Case B"), collection=Collection.objects.get(), name="For counsel", zone="UTC",
        created_at=Matter.objects.get(name="Case B").opened_at, created_by="x",
    )  # fmt: skip

    ran = run("export", "show", "For counsel")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert f"{exported['key']} (matter Case A)" in ran.err
    assert "`export list` lists yours" in run("export", "show", "None").err
