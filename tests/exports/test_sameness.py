"""The same scope gives the same export, byte for byte: on another day, in another zone, locale and hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exports.gathering import Gathered
from exports.trees import counsel
from tests.exported import fill
from tests.mutating import mutate

ROOT = Path(__file__).resolve().parents[2]
MANIFEST_DIGEST = "670a55c5e6b3312feaffe3e8b25bd68e38cbf8a78408cc659ff279fe32043dbc"
WITH_SCOPE = "9151d1e7cb45fcf4ac2d8d24fc475ca37044aa01a91576233640d2c987e58b06"
"""As it was made before its scope could be left out: such exports must be laid out again as they were."""
ELSEWHERE = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
]


@pytest.mark.parametrize("is_backwards", [False, True])
def test_the_same_scope_gives_the_same_bytes_from_any_catalog(organisation, make, is_backwards):
    export = make(fill(organisation, is_backwards=is_backwards))

    assert bytes(export.manifest_digest).hex() == MANIFEST_DIGEST


def test_an_export_that_tells_its_scope_has_the_bytes_it_always_had(organisation, make):
    export = make(fill(organisation), shows_scope=True)

    assert bytes(export.manifest_digest).hex() == WITH_SCOPE


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=["Tokyo", "St. John's"])
def test_the_same_scope_gives_the_same_bytes_on_any_machine(elsewhere):
    """The test above in a process that knows another zone, locale and hash seed."""
    words = ["-q", "-p", "no:cacheprovider", __file__, "-k", "from_any_catalog"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DATABASE_URL"))}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, env=outside | elsewhere, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout.splitlines()[-1].startswith("2 passed")) == (0, True), (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize(
    ("function", "sound", "mutant"),
    [
        (Gathered.order.fget, "self.custodians[:1],", "self.version_id, self.custodians[:1],"),
        (Gathered.order.fget, "self.custodians[:1],", "hash(self.content_digest), self.custodians[:1],"),
        (counsel._local, "astimezone(zone)", "astimezone()"),
    ],
    ids=["by ids", "by the hash seed", "by the machine's zone"],
)
def test_mutant_of_sameness_gives_other_bytes(organisation, make, monkeypatch, function, sound, mutant):
    mutate(monkeypatch, function, sound, mutant)

    export = make(fill(organisation, is_backwards=True))

    assert bytes(export.manifest_digest).hex() != MANIFEST_DIGEST
