"""What stands in for a second person's approval until sign-in is built: a plan's digest, given back."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The digest (hex) of the plan that somebody has read and agrees to, and nothing beyond that plan."""

    digest: str


class ApprovalNeeded(Exception):
    """A dangerous act was asked for without a confirmation, or with one of another plan. Nothing was changed."""

    def __init__(self, *, digest: str, text: str) -> None:
        super().__init__(f"{text} To go ahead, give --confirm {digest}")
        self.digest = digest
        self.text = text


def require_approval(*, approval: Confirmation | None, digest: str, text: str) -> None:
    """Raise ``ApprovalNeeded`` unless ``approval`` is of the plan whose recomputed digest is ``digest``."""
    if approval is None:
        raise ApprovalNeeded(digest=digest, text=text)
    if not hmac.compare_digest(approval.digest.encode(), digest.encode()):
        raise ApprovalNeeded(digest=digest, text=f"The plan is no longer the one confirmed ({approval.digest}). {text}")
