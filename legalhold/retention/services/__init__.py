"""Setting profiles, and expiring the snapshots that none keeps any more."""

from legalhold.retention.services.expiry import Expired, expire_snapshots
from legalhold.retention.services.profiles import ProfileNumbers, assign_profile, change_profile, set_profile
from legalhold.retention.services.scheduling import schedule_captures

__all__ = [
    "Expired",
    "ProfileNumbers",
    "assign_profile",
    "change_profile",
    "expire_snapshots",
    "schedule_captures",
    "set_profile",
]
