"""The dump says every fact once, by names that outlive ids."""

from __future__ import annotations

import json
from datetime import timedelta

from legalhold.catalog.dump import dump
from legalhold.catalog.models import Snapshot
from legalhold.custodians.models import CustodianAddress
from legalhold.matters.models import Matter


def facts() -> list[dict]:
    return [json.loads(line) for line in dump()]


def test_empty_catalog_says_nothing(db):
    assert list(dump()) == []


def test_dump_says_people_sources_pins_and_frozen_rows(house, at, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.dump.ROWS_AT_ONCE", 1)
    ann = house.custodian()
    CustodianAddress.objects.create(custodian=ann, address="ann@x.org")
    source = house.source(ann)
    group = house.group(ann)
    matter = Matter.objects.create(name="Smith", opened_at=at)
    versions = [house.version(source, 1), house.version(source, 1)]
    house.pin("custodian", on=ann, matter=matter, reason="because", dated_from=at)
    house.pin("all", ended_at=at + timedelta(days=1))
    house.freeze(*versions)

    said = facts()

    kinds = [fact["is"] for fact in said]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "custodian": 1, "source": 1, "association": 1, "membership": 1, "version": 2, "content": 2, "part": 2, "pin": 3, "frozen": 2,
    }  # fmt: skip
    pins = {fact["target"][0]: fact for fact in said if fact["is"] == "pin"}
    assert pins["custodian"]["matter"] == str(matter.key)
    assert pins["custodian"]["target"] == ["custodian", str(ann.key)]
    assert (pins["custodian"]["reason"], pins["all"]["is_ended"], pins["all"]["matter"]) == ("because", True, None)
    assert next(fact for fact in said if fact["is"] == "custodian")["addresses"] == ["ann@x.org"]
    assert next(fact for fact in said if fact["is"] == "membership")["group"] == str(group.key)


def test_open_snapshot_is_not_said(house):
    house.snapshot(house.source(), state="open")

    assert [fact["is"] for fact in facts()] == ["source"]
    assert Snapshot.objects.count() == 1


def test_dump_changes_with_any_fact(house):
    source = house.source()
    before = list(dump())

    house.version(source, 1)

    assert list(dump()) != before
