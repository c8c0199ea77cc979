"""Two custodians of a matter, one of nobody's concern, and what was captured of them."""

from __future__ import annotations

import pytest

from legalhold.matters.access import system_access
from tests.organisation import Organisation


@pytest.fixture
def access():
    return system_access(actor="system:tester")


@pytest.fixture
def organisation(db, archive) -> Organisation:
    return Organisation(archive)
