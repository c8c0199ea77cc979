"""Who tests act as."""

from __future__ import annotations

from legalhold.accounts.roles import EVERY_PERMISSION
from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.matters.access import Access, system_access

ACCESS = system_access(actor="system:test")
STRANGER = Access(actor="user:stranger", permissions=EVERY_PERMISSION, matters=frozenset())
"""May do everything, in no matter."""

NOBODY = Access(actor="user:nobody", permissions=frozenset(), matters=None)
"""Is in every matter, and may do nothing."""


def agreeing(act, **given):
    """Do a dangerous act as somebody does who reads its plan and agrees to it; where nothing is asked, just do it."""
    try:
        return act(**given)
    except ApprovalNeeded as asked:
        return act(**given, approval=Confirmation(asked.digest))
