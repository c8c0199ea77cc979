"""Only the digest of the plan as it is now lets a dangerous act go on."""

from __future__ import annotations

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation, require_approval

PLAN = {"digest": "ab" * 32, "text": "This destroys 3 versions."}


def test_confirmation_of_this_plan_is_enough():
    assert require_approval(approval=Confirmation("ab" * 32), **PLAN) is None


def test_no_confirmation_shows_the_plan_and_how_to_confirm_it():
    with pytest.raises(ApprovalNeeded) as caught:
        require_approval(approval=None, **PLAN)

    assert (caught.value.digest, caught.value.text) == ("ab" * 32, "This destroys 3 versions.")
    assert str(caught.value) == f"This destroys 3 versions. To go ahead, give --confirm {'ab' * 32}"


@pytest.mark.parametrize("digest", ["cd" * 32, "", "ab" * 31, "AB" * 32, "ä"])
def test_confirmation_of_another_plan_says_so_and_shows_this_one(digest):
    with pytest.raises(ApprovalNeeded, match="no longer the one confirmed") as caught:
        require_approval(approval=Confirmation(digest), **PLAN)

    assert caught.value.digest == "ab" * 32
