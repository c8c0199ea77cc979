"""A server seals on while its trail is verified or exported: that is no finding, and nothing is left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.audit import exporting, queries, verification
from legalhold.audit.anchors import read_file
from legalhold.audit.exporting import export_trail
from legalhold.audit.models import TreeHead
from legalhold.audit.services import seal, verify
from legalhold.standalone.verify_audit import Unreadable, check_trail, read_anchor


@pytest.fixture(params=["before the places are read", "after"])
def meanwhile(request, trail, key, anchor, at, monkeypatch):
    """Seal the event that isn't sealed yet between two reads of the trail."""

    def sealing(read):
        def reading(**options):
            seal(key=key, at=at + timedelta(hours=1), anchor=anchor)
            return read(**options)

        return reading

    name = "sealed_size" if request.param != "after" else "sealed_events"
    for module in (exporting, verification):
        monkeypatch.setattr(module, name, sealing(getattr(queries, name)))


def test_verification_while_sealing_finds_nothing(meanwhile, key, anchor):
    result = verify(public=key.public, anchors=read_file(path=anchor), configured=anchor)

    assert (result.findings, result.sealed, result.unsealed) == ((), 12, 1)
    assert TreeHead.objects.count() == 4


def test_export_while_sealing_is_good_and_leaves_nothing_out(meanwhile, key, anchor):
    anchors = list(read_anchor(anchor))

    report = check_trail(list(export_trail(public=key.public)), key=key.public, anchors=anchors)

    assert (report.findings, report.sealed, report.unsealed, report.heads) == ([], 12, 1, 3)


def test_lines_after_the_end_are_refused(trail, key):
    lines = list(export_trail(public=key.public))

    with pytest.raises(Unreadable, match="line 19: it stands after the trail's last line"):
        check_trail([*lines, b'{"position":12,"event":"{}"}\n'], key=key.public)
