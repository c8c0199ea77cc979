"""What is shown of holds: what they cover, who is leaving, and their keys."""

from __future__ import annotations

from datetime import timedelta

from legalhold.holds.models import Hold, HoldRelease, HoldScope


def test_list_shows_the_key_that_refusals_ask_for(run, done, office):
    done("matter", "create", "Case B")
    other = done("hold", "draft", "Case B", "Adams")["hold"]

    ambiguous = run("hold", "show", "Adams")

    assert [line.split()[-1] for line in run("hold", "list").out.splitlines()] == ["key", office.hold["hold"], other]
    assert ambiguous.err == (
        "hold: 2 matters have a hold named 'Adams'; give the key of one:"
        f" Case A: {office.hold['hold']}; Case B: {other}\n"
    )


def test_show_says_what_the_hold_covers(run, done, staff):
    done("matter", "create", "Case A", "--zone", "Europe/Berlin")
    dated = ("--from", "2024-01-01", "--to", "2024-01-31")
    done("hold", "draft", "Case A", "Adams", "--kinds", "message", "event", *dated)
    done("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2")

    shown = run("hold", "show", "Adams").out.splitlines()
    scope = HoldScope.objects.get()
    HoldScope.objects.update(kinds=0, dated_from=None, dated_to=scope.dated_from)

    assert "covers   message, event; dated from 2024-01-01 to 2024-01-31 in Europe/Berlin" in shown
    assert "on hold  Alice Adams; Bob Brown" in shown
    assert "leaving  –" in shown
    assert done("hold", "show", "Adams")["scopes"] == [
        {"kinds": [], "dated_from": None, "dated_to": "2023-12-31T23:00:00+00:00"}
    ]
    later = run("hold", "show", "Adams").out
    assert "covers   every kind; dated to 2024-01-01 00:00:00 in Europe/Berlin\n" in later


def test_coverage_counts_a_source_of_two_custodians_once(run, done, office):
    [mail] = [one for one in done("source", "list")["sources"] if one["name"] == "Mail"]
    done("source", "associate", mail["key"], "--custodian", "E2", "--since", "2026-01-01")

    placed = run("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2").out
    covered = done("hold", "coverage", "Adams")

    assert [row["items"] for row in covered["coverage"]] == [21, 16, 21]
    assert covered["items"] == 37
    assert placed.splitlines()[-1] == (
        "37 versions (31.5 kB) held; a source of several custodians is listed for each of them and counted once"
    )


def test_hold_that_is_not_in_effect_says_so_and_offers_no_digest(run, done, office):
    draft = run("hold", "preview", "Adams").out
    done("hold", "place", "Adams", "--custodian", "E1")
    done("hold", "release", "Adams", "--confirm", done("hold", "preview", "Adams")["digest"])
    release = HoldRelease.objects.get()
    earliest = f"{release.requested_at + timedelta(days=30):%Y-%m-%d %H:%M:%S} UTC"

    released = run("hold", "coverage", "Adams").out
    preview = done("hold", "preview", "Adams")
    listed = run("hold", "preview", "Adams").out.splitlines()
    shown = done("hold", "show", "Adams")
    text = run("hold", "show", "Adams").out
    Hold.objects.update(state="ended", ended_at=release.requested_at)

    assert draft == ("hold Adams is a draft: it isn't in effect and protects nothing; `hold place` puts it in effect\n")
    assert released.startswith("hold Adams was released on 20")
    assert f"stays protected until {earliest} at the earliest; `hold cancel-release`" in released
    assert (preview["digest"], preview["pins"]) == (None, 1)
    assert (listed[0][:22], listed[-1]) == ("hold Adams was release", "Mail (Alice Adams)     21  25.0 kB")
    [cooling] = shown["releases_cooling_off"]
    assert (cooling["is_whole"], cooling["targets"]) == (True, ["Alice Adams"])
    assert f"leaving  everybody and everything, on {earliest} at the earliest\n" in text
    assert run("hold", "coverage", "Adams").out.startswith("hold Adams ended on 20")
