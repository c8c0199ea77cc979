"""Whether an export is whole is known only when every byte of it was read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from exports.models import Export
from exports.queries import verified_line
from exports.rules import ExportNotWhole, require_whole
from exports.services import create_export, verify_export
from legalhold.accounts.roles import Permission
from legalhold.audit.models import AuditEvent
from legalhold.catalog.models import Pack, Part
from legalhold.matters.access import Access, NotAllowed
from tests.organisation import START

LATER = START + timedelta(days=3, hours=2)


def damage(archive) -> None:
    """Flip a bit of every part: the catalog knows nothing of it."""
    for part in Part.objects.all():
        path = archive.store.root / Pack.objects.get(pk=part.pack_id).name
        data = bytearray(path.read_bytes())
        data[part.offset] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)


def test_an_export_is_not_verified_by_being_made(export):
    assert verified_line(export=export) == "never verified"
    require_whole(export=export)


def test_verifying_is_written_down_and_recorded(export, archive, access):
    done = verify_export(export=export, archive=archive, access=access, at=LATER)

    require_whole(export=Export.objects.get())
    assert verified_line(export=Export.objects.get()) == "verified on 2026-01-04 02:00 UTC: 0 findings"
    event = AuditEvent.objects.get(verb="export.verified")
    assert json.loads(bytes(event.body))["body"] == {"files": done.files, "bytes": done.bytes, "findings": 0}
    assert (done.files, event.matter_key) == (13, export.matter.key)


def test_damaged_export_is_not_whole_though_it_is_ready(matter, make, archive, access):
    export = make(matter)
    damage(archive)

    done = verify_export(export=export, archive=archive, access=access, at=LATER)

    assert (export.state, export.counts["exported"], len(done.findings)) == ("ready", 9, 9)
    assert verified_line(export=export) == "verified on 2026-01-04 02:00 UTC: 9 findings"
    with pytest.raises(ExportNotWhole, match="isn't whole: 9 findings when it was last verified"):
        require_whole(export=Export.objects.get())


def test_export_made_anew_is_to_be_verified_again(export, archive, access):
    verify_export(export=export, archive=archive, access=access, at=LATER)
    Export.objects.update(state="creating")

    again = create_export(collection=export.collection, name="First", archive=archive, access=access, at=START)

    assert verified_line(export=again) == "never verified"


def test_who_may_not_read_an_export_does_not_verify_it(export, archive):
    stranger = Access(actor="user:eve", permissions=frozenset({Permission.READ_MATTERS}), matters=None)

    with pytest.raises(NotAllowed):
        verify_export(export=export, archive=archive, access=stranger, at=LATER)

    assert Export.objects.get().verified_at is None
