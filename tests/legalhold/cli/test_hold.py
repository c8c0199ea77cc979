from __future__ import annotations

import pytest

from legalhold.catalog.models import Pin
from legalhold.custodians.models import Custodian, CustodianAddress, Group
from legalhold.formats import ItemKind
from legalhold.holds.models import Hold, HoldScope
from legalhold.journal.queries import journal_state


def test_draft_protects_nothing_and_says_so(run, office):
    ran = run(
        "hold", "draft", "Case A", "Second", "--kinds", "message", "event", "--from", "2024-01-01", "--to", "2024-01-31"
    )

    scope = HoldScope.objects.get(hold__name="Second")
    assert "it protects nothing until `hold place` puts it in effect" in ran.out
    assert scope.kinds == 1 << ItemKind.MESSAGE | 1 << ItemKind.EVENT
    assert (f"{scope.dated_from:%Y-%m-%d %H:%M}", f"{scope.dated_to:%Y-%m-%d %H:%M}") == (
        "2024-01-01 00:00",
        "2024-01-31 23:59",
    )
    assert Pin.objects.count() == 0


def test_draft_with_a_wrong_date_is_wrong_use(run, office):
    ran = run("hold", "draft", "Case A", "Second", "--from", "2024-13-01")

    assert (ran.code, Hold.objects.count()) == (2, 1)
    assert "argument --from: '2024-13-01' is no date: write it like 2026-03-31" in ran.err


def test_draft_that_ends_before_it_begins_is_refused(run, office):
    ran = run("hold", "draft", "Case A", "Second", "--from", "2024-02-01", "--to", "2024-01-01")

    assert (ran.code, Hold.objects.count()) == (1, 1)
    assert ran.err == "hold: the scope ends (2024-01-01) before it begins (2024-02-01)\n"


def test_draft_in_an_unknown_matter_is_refused(run, office):
    ran = run("hold", "draft", "Case Z", "Second")

    assert (ran.code, ran.err) == (1, "hold: no matter has the name or key 'Case Z'; `matter list` shows yours\n")


def test_place_prints_coverage_gaps_first(run, office):
    ran = run("hold", "place", "Adams", "--custodian", "alice@example.org", "--custodian", "E2")

    lines = ran.out.splitlines()
    assert lines[0] == "hold Adams is in effect: 2 pins, 0 versions rescued from compaction"
    assert lines[2] == "never captured: 0, no source: 0, capture overdue: 0"
    assert lines[3].startswith("custodian    source    first captured (UTC)  last captured (UTC)  versions held ")
    assert lines[4].startswith("Alice Adams  Mail      2026-01-01 00:00      2026-01-01 00:00                21  ")
    assert lines[-1] == "37 versions (31.5 kB) held"
    assert journal_state().unwritten == 0


def test_place_says_who_has_no_source(done, office, tmp_path):
    staff = tmp_path / "more.csv"
    staff.write_text("email,name\ncarol@example.org,Carol Clark\n")
    done("custodians", "import", staff)

    placed = done("hold", "place", "Adams", "--custodian", "carol@example.org")

    assert placed["gaps"] == {"never_captured": 0, "no_source": 1, "capture_overdue": 0}
    assert [(row["name"], row["source"], row["gap"]) for row in placed["coverage"]] == [
        ("Carol Clark", None, "no source")
    ]


def test_place_from_a_file(done, office, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("Name;Mail me;Email\nAlice;;ALICE@example.org\nBob;;bob@example.org\n\n", encoding="utf-8-sig")

    placed = done("hold", "place", "Adams", "--custodians", people)

    assert placed["pins"] == 2
    assert sorted(row["name"] for row in placed["coverage"]) == ["Alice Adams", "Bob Brown"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("email\neve@example.org\n\nalice@example.org\n", "row 2, email: no custodian has the address"),
        ("email,name\n,Alice\n", "row 2, email: is empty"),
        ("name\nAlice\n", "row 1: no column email or employee_id or custodian; there is name"),
        ("", "row 1: no column email or employee_id or custodian; there is nothing"),
        ("email\n", "{file} names nobody"),
        ("email\ninfo@example.org\n", "row 2, email: 'info@example.org' is or was the address of"),
    ],
)
def test_place_from_a_bad_file_names_the_row_and_places_nothing(run, office, tmp_path, text, line):
    for person in Custodian.objects.all():
        CustodianAddress.objects.create(custodian=person, address="info@example.org")
    people = tmp_path / "people.csv"
    people.write_text(text)

    ran = run("hold", "place", "Adams", "--custodians", people)

    assert ran.code == 1
    assert line.format(file=people) in ran.err
    assert (Pin.objects.count(), Hold.objects.get().state) == (0, "draft")


def test_place_from_bytes_that_are_no_text_is_refused(run, office, tmp_path):
    people = tmp_path / "people.csv"
    people.write_bytes(b"email\nal\xffce@example.org\n")

    ran = run("hold", "place", "Adams", "--custodians", people)

    assert ran.code == 1
    assert "can't be read as CSV in UTF-8" in ran.err


def test_place_on_groups_and_sources(done, office, at):
    Group.objects.create(name="Finance", created_at=at)
    [mail] = [one for one in done("source", "list")["sources"] if one["name"] == "Mail"]

    placed = done("hold", "place", "Adams", "--group", "Finance", "--source", mail["key"])
    shown = done("hold", "show", "Adams")

    assert placed["pins"] == 2
    assert shown["targets"] == [{"kind": "group", "name": "Finance"}, {"kind": "source", "name": "Mail"}]


def test_place_on_an_unknown_group_is_refused(run, office):
    ran = run("hold", "place", "Adams", "--group", "Finance")

    assert (ran.code, ran.err) == (1, "hold: no group has the name or key 'Finance'; there are: none yet\n")


def test_place_of_an_unknown_hold_is_refused(run, office):
    ran = run("hold", "place", "Baker", "--custodian", "E1")

    assert (ran.code, ran.err) == (
        1,
        "hold: no hold has the key or name 'Baker'; `hold list` shows yours with their keys\n",
    )


def test_place_on_nobody_is_refused(run, office):
    ran = run("hold", "place", "Adams")

    assert ran.code == 1
    assert "names no custodian, group or source: it would protect nothing" in ran.err


def test_widen_adds_and_shows_the_whole_coverage(done, office):
    done("hold", "place", "Adams", "--custodian", "E1")

    widened = done("hold", "add-custodians", "Adams", "--custodian", "E2")

    assert widened["pins"] == 1
    assert [row["name"] for row in widened["coverage"]] == ["Alice Adams", "Bob Brown"]


def test_release_asks_for_the_previewed_digest_and_cools_off(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1")
    preview = done("hold", "preview", "Adams")

    asked = run("hold", "release", "Adams")
    asked_as_data = run("hold", "release", "Adams", "--json")
    wrong = run("hold", "release", "Adams", "--confirm", "0" * 64)
    released = run("hold", "release", "Adams", "--confirm", preview["digest"])

    assert asked.code == 1
    assert asked.err.endswith(f"If that is what you want, run it again with --confirm {preview['digest']}\n")
    assert asked_as_data.data["confirm"] == preview["digest"]
    assert wrong.code == 1
    assert wrong.err.startswith("hold: The plan is no longer the one confirmed")
    assert released.code == 0
    assert "stay protected for 30 more days of counted time" in released.out
    assert Pin.objects.filter(ended_at=None).count() == 1


def test_release_can_be_taken_back(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1")
    done("hold", "release", "Adams", "--confirm", done("hold", "preview", "Adams")["digest"])

    cancelled = run("hold", "cancel-release", "Adams")
    again = run("hold", "cancel-release", "Adams")

    assert cancelled.out == "cancelled 1 release of hold Adams; nothing was let go of\n"
    assert (again.code, again.err) == (1, "hold: hold 'Adams' has no release that is cooling off\n")


def test_remove_custodians_is_a_release_of_the_difference(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2")
    asked = run("hold", "remove-custodians", "Adams", "--custodian", "E2", "--json")

    removed = run("hold", "remove-custodians", "Adams", "--custodian", "E2", "--confirm", asked.data["confirm"])

    assert removed.out.startswith(
        "1 target will leave hold Adams: 16 items (6.6 kB) held by nothing else stay protected"
    )
    assert "\nleaving  Bob Brown, on 20" in run("hold", "show", "Adams").out
    assert Pin.objects.filter(ended_at=None).count() == 2


def test_remove_of_somebody_who_is_not_on_hold_is_refused(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1")

    other = run("hold", "remove-custodians", "Adams", "--custodian", "E2")
    nobody = run("hold", "remove-custodians", "Adams")

    assert (other.code, other.err) == (1, "hold: Bob Brown isn't on hold 'Adams'; `hold show` lists who is\n")
    assert (nobody.code, nobody.err) == (
        1,
        "hold: name whom to remove: --custodian, --custodians, --group or --source\n",
    )


def test_preview_coverage_and_list(run, done, office):
    assert run("hold", "list").out.splitlines()[1].split()[:4] == ["Case", "A", "Adams", "Litigation"]
    done("hold", "place", "Adams", "--custodian", "E1")

    assert "Mail (Alice Adams)     21  25.0 kB" in run("hold", "preview", "Adams").out
    assert done("hold", "coverage", "Adams")["coverage"][0]["items"] == 21


def test_draft_in_a_closed_matter_is_refused(run, done, office):
    done("matter", "close", "Case A")

    ran = run("hold", "draft", "Case A", "Second")

    assert (ran.code, Hold.objects.count()) == (1, 1)
    assert ran.err.startswith("hold: matter 'Case A' was closed on 20")
    assert ran.err.endswith(": a hold drafted in it could never be placed\n")


def test_list_without_holds_says_what_to_do(run):
    assert run("hold", "list").out == "no holds yet; `hold draft` prepares one\n"
