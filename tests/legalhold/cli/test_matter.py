from __future__ import annotations

from legalhold.matters.models import Matter


def test_matters_are_opened_listed_and_shown(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1")
    done("matter", "add-custodians", "Case A", "E1")

    shown = done("matter", "show", "Case A")

    assert (shown["holds_in_effect"], shown["state"]) == (1, "open")
    assert [person["name"] for person in shown["custodians"]] == ["Alice Adams"]
    assert [hold["name"] for hold in shown["holds"]] == ["Adams"]
    assert "holds       Adams (In effect)" in run("matter", "show", "Case A").out
    assert run("matter", "list").out.splitlines()[1].split()[:4] == ["Case", "A", "1", "open"]
    assert len(done("matter", "list")["matters"]) == 1


def test_matter_name_is_taken_once(run, office):
    ran = run("matter", "create", "Case A")

    assert (ran.code, Matter.objects.count()) == (1, 1)
    assert ran.err == "matter: there is a matter named 'Case A' already; give this one another name\n"


def test_matter_in_an_unknown_zone_is_refused(run):
    ran = run("matter", "create", "Case B", "--zone", "Mars/Base")

    assert (ran.code, Matter.objects.count()) == (1, 0)
    assert ran.err == "matter: zone 'Mars/Base' is unknown: give one like Europe/Berlin\n"


def test_matter_with_a_hold_in_effect_stays_open(run, done, office):
    done("hold", "place", "Adams", "--custodian", "E1")

    ran = run("matter", "close", "Case A")

    assert (ran.code, Matter.objects.get().closed_at) == (1, None)
    assert "has 1 hold in effect" in ran.err


def test_matter_without_a_hold_in_effect_is_closed(run, office):
    assert run("matter", "close", "Case A").out == "closed matter Case A\n"
    assert "closed" in run("matter", "list").out


def test_custodians_are_added_once(run, office):
    first = run("matter", "add-custodians", "Case A", "E1", "bob@example.org")
    second = run("matter", "add-custodians", "Case A", "E1")

    assert first.out == "2 added to matter Case A, 0 were on it already\n"
    assert second.out == "0 added to matter Case A, 1 were on it already\n"
