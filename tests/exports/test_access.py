"""Who may see and make exports, and finding them."""

from __future__ import annotations

import pytest

from exports.models import Export
from exports.queries import ExportUnknown, fates_of, find_export, open_export, visible_exports
from exports.services import create_export
from legalhold.accounts.roles import EVERY_PERMISSION, Permission
from legalhold.custodians.models import Custodian
from legalhold.matters.access import Access, MatterUnknown, NotAllowed
from tests.organisation import START


def test_exports_of_a_foreign_matter_read_like_exports_that_are_not_there(export, organisation, archive):
    mine = organisation.matter("Mine")
    stranger = Access(actor="user:eve", permissions=EVERY_PERMISSION, matters=frozenset({mine.key}))

    assert list(visible_exports(access=stranger)) == []
    for text in (export.name, str(export.key), "no such"):
        with pytest.raises(ExportUnknown, match="no export has"):
            find_export(text=text, access=stranger)
    with pytest.raises(MatterUnknown):
        open_export(export=export, archive=archive, access=stranger)
    with pytest.raises(MatterUnknown):
        fates_of(export=export, access=stranger)
    with pytest.raises(MatterUnknown):
        create_export(collection=export.collection, name="Mine", archive=archive, access=stranger, at=START)
    assert Export.objects.count() == 1


def test_exporting_needs_its_permission(export, archive):
    reader = Access(actor="user:reader", permissions=frozenset({Permission.READ_MATTERS}), matters=None)

    with pytest.raises(NotAllowed, match="manage_exports"):
        create_export(collection=export.collection, name="Mine", archive=archive, access=reader, at=START)
    with pytest.raises(NotAllowed, match="read_content"):
        open_export(export=export, archive=archive, access=reader)


def test_find_export_takes_key_and_name(export, matter, access):
    assert str(export) == "First"
    assert (
        find_export(text=str(export.key), access=access)
        == find_export(text="First", access=access, matter=matter)
        == export
    )


def test_a_name_in_two_matters_is_ambiguous_without_the_matter(export, organisation, make, access):
    other = organisation.matter("Other", Custodian.objects.get(employee_id="E1007"))
    make(other, text="forecast")

    with pytest.raises(ExportUnknown, match="exports of several matters are called 'First'; give the key"):
        find_export(text="First", access=access)
