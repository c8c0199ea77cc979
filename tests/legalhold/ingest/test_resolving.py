"""Whose source an ingest captures: found, made, or refused before anything is written."""

from __future__ import annotations

import pytest

from legalhold.catalog.associations import SourceUnknown
from legalhold.catalog.models import Source, SourceCustodian
from legalhold.connectors import SourceMissing
from legalhold.custodians.models import Custodian
from legalhold.custodians.queries import CustodianUnknown
from legalhold.custodians.services import AddressInvalid, create_custodian
from legalhold.ingest.models import Ingest
from legalhold.ingest.services import SourceNotNamed, resolving


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({"custodian": None}, SourceNotNamed, "--custodian"),
        ({"create": False}, CustodianUnknown, "alice@example.org.*--create makes one"),
        ({"custodian": "E77"}, CustodianUnknown, "'E77'"),
        (
            {"custodian": None, "source": "Archive", "create": False},
            SourceUnknown,
            "no source named 'Archive'; there is none",
        ),
    ],
)
def test_source_that_cannot_be_told_is_refused_before_anything_is_written(desk, said, error, match):
    desk.write(a="one")

    with pytest.raises(error, match=match):
        desk.ingest(**said)

    assert (Custodian.objects.count(), Source.objects.count(), Ingest.objects.count()) == (0, 0, 0)


def test_missing_path_is_refused_before_anything_is_written(desk):
    with pytest.raises(SourceMissing, match="nowhere"):
        desk.ingest(desk.folder / "nowhere")

    assert Custodian.objects.count() == 0


def test_custodian_known_but_source_unknown_names_what_there_is(desk):
    desk.write(a="one")
    desk.ingest()

    with pytest.raises(SourceUnknown, match="no source named 'Laptop'; there is 'Files'"):
        desk.ingest(source="Laptop", create=False)

    report = desk.ingest(source="Laptop")
    assert (report.source, report.sequence) == ("Laptop", 1)


def test_source_is_found_by_its_key(desk):
    desk.write(a="one")
    key = desk.ingest().source_key

    report = desk.ingest(custodian=None, source=str(key), create=False)

    assert (report.source_key, report.sequence) == (key, 2)


def test_key_of_a_source_that_is_not_the_custodians_is_refused(desk):
    desk.write(a="one")
    key = desk.ingest().source_key
    create_custodian(address="bob@example.org", at=desk.clock.now)

    with pytest.raises(SourceUnknown, match=r"bob@example\.org has no source with the key"):
        desk.ingest(custodian="bob@example.org", source=str(key))

    assert Ingest.objects.count() == 1
    assert desk.ingest(custodian="alice@example.org", source=str(key)).sequence == 2


def test_source_of_nobody_in_particular_can_be_made_and_found(desk):
    desk.write(a="one")
    first = desk.ingest(custodian=None, source="Shared")

    second = desk.ingest(custodian=None, source="Shared", create=False)

    assert (second.source_key, second.sequence) == (first.source_key, 2)
    assert SourceCustodian.objects.count() == 0


def test_address_that_is_none_makes_nobody(desk):
    with pytest.raises(AddressInvalid, match="'not an address'"):
        create_custodian(address="not an address", at=desk.clock.now)


@pytest.mark.parametrize("address", ["alice@example.org", None])
def test_source_made_by_another_ingest_meanwhile_is_taken(desk, address):
    """Both looked for it before either held the guard."""
    make = {"by": "x", "from_at": desk.clock.now, "at": desk.clock.now}

    first = resolving._make(address, None, "Mail", "mailbox", **make)
    second = resolving._make(address, None, "Mail", "mailbox", **make)

    assert first == second
    assert (Source.objects.count(), Custodian.objects.count()) == (1, 0 if address is None else 1)
