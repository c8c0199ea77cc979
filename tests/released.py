"""Steps that the tests of releases share."""

from __future__ import annotations

from legalhold.holds.services import (
    cancel_release,
)


def cancel(office, hold, access=None) -> int:
    return cancel_release(hold=hold, archive=office.archive, access=access or office.access, at=office.clock())


def targets_on(hold, *custodians):
    return list(hold.targets.filter(custodian__in=custodians, removed_at=None))
