from __future__ import annotations

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.cli import lists
from legalhold.custodians.models import Custodian, CustodianAddress


def test_import_says_what_it_did(run, tmp_path):
    path = tmp_path / "staff.csv"
    path.write_text("email,name,shoe size\nalice@example.org,Alice Adams,38\n")

    ran = run("custodians", "import", path)

    assert ran.code == 0
    assert ran.out == "imported 1 row of staff.csv: 1 created, 0 updated, 0 unchanged\ncolumns not used: shoe size\n"


def test_import_dry_run_changes_nothing(run, tmp_path):
    path = tmp_path / "staff.csv"
    path.write_text("email,name\nalice@example.org,Alice Adams\n")

    ran = run("custodians", "import", path, "--dry-run")

    assert ran.out == "would import 1 row of staff.csv: 1 created, 0 updated, 0 unchanged\n"
    assert Custodian.objects.count() == 0


def test_import_of_bad_rows_names_each_and_takes_none(run, tmp_path):
    path = tmp_path / "staff.csv"
    path.write_text("email,name\nalice@example.org,Alice\nbob,Bob\ncarol@example.org,\n")

    ran = run("custodians", "import", path)

    assert ran.code == 1
    assert ran.out == ""
    assert ran.err == (
        "custodians: staff.csv: row 3, email: 'bob' is no e-mail address\n"
        "staff.csv: row 4, name: is empty\n"
        "2 problems in staff.csv: nothing was imported\n"
    )
    assert Custodian.objects.count() == 0


def test_import_of_a_missing_file_says_so(run, tmp_path):
    ran = run("custodians", "import", tmp_path / "none.csv")

    assert (ran.code, ran.err) == (1, f"custodians: {tmp_path}/none.csv: No such file or directory\n")


def test_list_without_custodians_says_what_to_do(run):
    assert run("custodians", "list").out == "no custodians yet; `custodians import FILE.csv` brings them in\n"


def test_list_shows_them_by_name(run, done, staff):
    assert run("custodians", "list").out == (
        "name         employee id  department  addresses\n"
        "Alice Adams  E1           –           alice@example.org\n"
        "Bob Brown    E2           –           bob@example.org\n"
    )
    assert [one["name"] for one in done("custodians", "list")["custodians"]] == ["Alice Adams", "Bob Brown"]


def test_show_finds_by_address_with_sources(run, done, office):
    shown = done("custodians", "show", "ALICE@example.org")

    assert shown["employee_id"] == "E1"
    assert [source["name"] for source in shown["sources"]] == ["Mail"]
    assert "Mail    Mailbox  Active          1  2026-01-01 00:00  " in run("custodians", "show", "E1").out


def test_unknown_custodian_is_one_line(run, staff):
    ran = run("custodians", "show", "eve@example.org")

    assert ran.code == 1
    assert ran.err == (
        "custodians: no custodian has the address, employee id or key 'eve@example.org'; `custodians list` shows all\n"
    )


def test_ambiguous_address_names_the_candidates(run, staff):
    for person in Custodian.objects.all():
        CustodianAddress.objects.create(custodian=person, address="info@example.org")

    ran = run("custodians", "show", "info@example.org")

    assert ran.code == 1
    assert ran.err.startswith("custodians: 'info@example.org' is or was the address of Alice Adams")
    assert "Bob Brown" in ran.err
    assert ran.err.count("\n") == 1


def test_import_is_sealed_when_the_command_ends(run, done, staff):
    verified = done("audit", "verify")

    assert AuditEvent.objects.filter(verb="custodian.imported").count() == 1
    assert (verified["sealed"], verified["unsealed"], verified["is_good"]) == (1, 0, True)


def test_refusal_with_json_is_an_object(run, staff):
    ran = run("custodians", "show", "eve@example.org", "--json")

    assert ran.code == 1
    assert ran.data["error"] == "CustodianUnknown"


def test_json_may_stand_before_the_action(run, staff):
    assert len(run("custodians", "--json", "list").data["custodians"]) == 2


@pytest.mark.parametrize("words", [("custodians",), ("custodians", "merge"), ("custodians", "import")])
def test_wrong_use_is_exit_code_2(run, words):
    ran = run(*words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


def test_import_of_what_is_no_file_says_so(run):
    ran = run("custodians", "import", "/dev/zero")

    assert (ran.code, ran.err) == (1, "custodians: /dev/zero is no file: write the list to a file and name that\n")


def test_import_of_what_is_too_large_for_a_list_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "LARGEST_LIST_BYTES", 10)
    path = tmp_path / "staff.csv"
    path.write_text("email,name\n")

    ran = run("custodians", "import", path)

    assert (ran.code, ran.err) == (1, f"custodians: {path} has more than 10 bytes: that is no list of people\n")
    assert Custodian.objects.count() == 0
