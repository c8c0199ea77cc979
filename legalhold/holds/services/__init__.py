"""The acts on holds. Placing and widening wait for nobody; whatever narrows is a release and cools off first."""

from legalhold.holds.services.drafting import ScopeSpec, draft_hold, scope_of_days
from legalhold.holds.services.effect import apply_releases
from legalhold.holds.services.placing import Placed, Targets, add_targets, place_hold
from legalhold.holds.services.releasing import (
    ReleasePreview,
    cancel_release,
    preview_release,
    release_hold,
)

__all__ = [
    "Placed",
    "ReleasePreview",
    "ScopeSpec",
    "Targets",
    "add_targets",
    "apply_releases",
    "cancel_release",
    "draft_hold",
    "place_hold",
    "preview_release",
    "release_hold",
    "scope_of_days",
]
