"""The gates' own rules: which floor of coverage is asked for, and when."""

from __future__ import annotations

import sys

import pytest

from tests import gates

ECHO = [sys.executable, "-c", "import sys; sys.exit('--fail-under=100' in sys.argv)"]


@pytest.mark.parametrize(("is_whole", "is_passed"), [(True, False), (False, True)])
def test_floor_is_asked_for_where_no_test_was_skipped(capfd, is_whole, is_passed):
    gate = gates.Gate("coverage", ECHO, 100)

    assert gates.run(gate, {}, is_whole=is_whole) == is_passed

    assert ("floor of 100 % isn't asked for" in capfd.readouterr().out) != is_whole


def test_coverage_of_the_rest_leaves_out_the_rooms_with_a_floor_of_their_own():
    [rest] = [gate for gate in gates.coverage_gates() if gate.floor == 95]

    assert rest.command[-1] == (
        "--omit=legalhold/archive/*,legalhold/catalog/*,legalhold/holds/*,legalhold/retention/*,legalhold/audit/*,"
        "webdav/*,*/migrations/*"
    )
