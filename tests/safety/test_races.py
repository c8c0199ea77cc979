"""Holds and ingests against running compaction, in real processes: the short form of the campaign in tests/campaigns/races."""

from __future__ import annotations

import os

import pytest

from tests.campaigns.races.__main__ import run_races

pytestmark = pytest.mark.sql


@pytest.fixture(scope="module")
def outcomes():
    """100 histories of each race, then a few with the bug whose loss is surest on both databases."""
    orders = ("hold:100", "ingest:100", "hold:20:hold_check_before_the_lock", "ingest:60:looked_up_before_begin")
    found = run_races(*orders, address=os.environ.get("DATABASE_URL"))
    return {(one["kind"], one["mutant"]): one for one in found}


@pytest.mark.parametrize("kind", ["hold", "ingest"])
def test_race_against_compaction_loses_nothing(outcomes, kind):
    outcome = outcomes[kind, "none"]

    assert (outcome["histories"], outcome["lost"], outcome["errors"]) == (100, 0, {})
    assert outcome.get("wrong_marks", 0) == 0


@pytest.mark.parametrize("mutant", [("hold", "hold_check_before_the_lock"), ("ingest", "looked_up_before_begin")])
def test_race_with_a_seeded_bug_loses_something(outcomes, mutant):
    assert outcomes[mutant]["lost"] > 0
