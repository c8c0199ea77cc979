"""Groups by command: who was ever in one is held with it."""

from __future__ import annotations

ALICE, BOB = "alice@example.org", "bob@example.org"


def test_hold_on_a_group_reaches_whom_is_added_later_and_who_has_left(done, office):
    done("group", "create", "Finance")
    done("group", "add", "Finance", "--custodian", ALICE)
    placed = done("hold", "place", "Adams", "--group", "Finance")

    done("group", "add", "Finance", "--custodian", BOB, "--since", "2026-02-01")
    done("group", "end", "Finance", "--custodian", ALICE, "--until", "2026-03-01")

    [line] = done("group", "list")["groups"]
    names = [row["name"] for row in done("hold", "coverage", "Adams")["coverage"]]
    assert [row["name"] for row in placed["coverage"]] == ["Alice Adams"]
    assert (line["name"], line["members"], line["ever"]) == ("Finance", 1, 2)
    assert names == ["Alice Adams", "Bob Brown"]


def test_group_is_shown_with_its_memberships(done, run, staff):
    done("group", "create", "Finance")
    done("group", "add", "Finance", "--custodian", BOB, "--custodian", ALICE, "--since", "2026-01-01")
    done("group", "end", "Finance", "--custodian", BOB, "--until", "2026-02-01")

    members = done("group", "show", "Finance")["members"]

    assert [(row["name"], row["from_at"], row["to_at"]) for row in members] == [
        ("Alice Adams", "2026-01-01T00:00:00+00:00", None),
        ("Bob Brown", "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"),
    ]
    shown = run("group", "show", "Finance").out
    assert (shown.count("Alice Adams"), shown.count("Bob Brown")) == (1, 1)


def test_group_acts_say_what_they_did(run, staff):
    made = run("group", "create", "Finance")
    added = run("group", "add", "Finance", "--custodian", ALICE)
    again = run("group", "add", "Finance", "--custodian", ALICE, "--custodian", BOB)
    ended = run("group", "end", "Finance", "--custodian", ALICE)

    assert made.out == "made group Finance; `group add` says who belongs to it\n"
    assert added.out.startswith("1 custodian added to group Finance, 0 belonged to it already;")
    assert again.out.startswith("1 custodian added to group Finance, 1 belonged to it already;")
    assert ended.out == "1 custodian no longer in group Finance; what is held of theirs stays held\n"


def test_group_acts_that_can_not_be_are_one_line(run, done, staff):
    done("group", "create", "Finance")

    twice = run("group", "create", "Finance")
    nobody = run("group", "add", "Finance")
    unknown = run("group", "add", "Sales", "--custodian", ALICE)
    not_in = run("group", "end", "Finance", "--custodian", ALICE, "--custodian", BOB)
    empty = run("group", "list"), run("group", "show", "Finance")

    assert (twice.code, twice.err) == (
        1,
        "group: there is a group named 'Finance' already; give this one another name\n",
    )
    assert (nobody.code, nobody.err) == (2, "group: name somebody: --custodian WHO, or --custodians FILE.csv\n")
    assert (unknown.code, unknown.err) == (1, "group: no group has the name or key 'Sales'; there are: Finance\n")
    assert (not_in.code, not_in.err) == (
        1,
        "group: Alice Adams, Bob Brown doesn't belong to group 'Finance' now; nobody was taken out\n",
    )
    assert [ran.code for ran in empty] == [0, 0]
    assert "nobody yet" in empty[1].out


def test_hold_reaches_a_source_that_is_no_longer_the_custodians(done, run, office):
    [mail] = [one for one in done("source", "list")["sources"] if one["custodians"] == ["Alice Adams"]]

    said = run("source", "dissociate", mail["key"], "--custodian", ALICE)

    placed = done("hold", "place", "Adams", "--custodian", ALICE)
    assert said.out.endswith("is no longer Alice Adams's; what was captured is held as before\n")
    assert [row["source"] for row in placed["coverage"]] == [mail["key"]]
    assert placed["coverage"][0]["items"] > 0
