"""Rows of a catalog made by hand, and packs with real parts, so that each rule is tried on exactly what it is about."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from legalhold.catalog.models import (
    LIVE,
    Content,
    ContentPart,
    Folder,
    GroupMember,
    KeptContent,
    Pack,
    Part,
    Pin,
    PinVersion,
    Snapshot,
    Source,
    SourceCustodian,
    Version,
)
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import to_micros
from legalhold.matters.models import Matter

START = datetime(2026, 1, 1, tzinfo=UTC)


class House:
    """Writes rows directly; every name is a number, so that two histories of the same steps give the same rows."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def custodian(self) -> Custodian:
        return Custodian.objects.create(name=f"Person {next(self.numbers)}", created_at=START)

    def group(self, *members: Custodian) -> Group:
        group = Group.objects.create(name=f"Group {next(self.numbers)}", created_at=START)
        for member in members:
            self.join(group, member)
        return group

    def join(self, group: Group, custodian: Custodian, to_at=None) -> GroupMember:
        return GroupMember.objects.create(group=group, custodian=custodian, from_at=START, to_at=to_at)

    def source(self, *custodians: Custodian, snapshots: int = 0) -> Source:
        source = Source.objects.create(kind="mailbox", name=f"Mailbox {next(self.numbers)}", created_at=START)
        for custodian in custodians:
            self.associate(source, custodian)
        for _ in range(snapshots):
            self.snapshot(source)
        return source

    def associate(self, source: Source, custodian: Custodian, to_at=None) -> SourceCustodian:
        return SourceCustodian.objects.create(source=source, custodian=custodian, from_at=START, to_at=to_at)

    def snapshot(self, source: Source, state="complete", taken_at=None, is_expired=False) -> int:
        sequence = Snapshot.objects.filter(source=source).count() + 1
        Snapshot.objects.create(
            source=source,
            sequence=sequence,
            state=state,
            taken_at=taken_at or START + timedelta(days=sequence),
            expired_at=START + timedelta(days=300) if is_expired else None,
        )
        return sequence

    def expire(self, source: Source, *sequences: int) -> None:
        Snapshot.objects.filter(source=source, sequence__in=sequences).update(expired_at=START + timedelta(days=300))

    def folder(self, source: Source, path: bytes = b"Inbox") -> Folder:
        return Folder.objects.get_or_create(source_id=source.pk, path=path, path_key=path, display=path.decode())[0]

    def pack(self) -> Pack:
        number = next(self.numbers)
        return Pack.objects.create(
            name=f"packs/{number:02x}/{number:032x}", length=1, state="live", key_group="default", created_at=START
        )

    def content(self, data: bytes | None = None, pack: Pack | None = None, entry=None) -> Content:
        data = data if data is not None else f"bytes {next(self.numbers)}".encode()
        digest = hashlib.sha256(data).digest()
        content, is_new = Content.objects.get_or_create(
            content_digest=digest, defaults={"size_bytes": len(data), "crc32": zlib.crc32(data)}
        )
        if is_new:
            part = Part.objects.create(
                kind=1,
                part_digest=digest,
                pack_id=(pack or self.pack()).pk,
                offset=entry.offset if entry else 0,
                length=entry.length if entry else len(data) + 16,
                raw_length=len(data),
            )
            ContentPart.objects.create(content_id=content.pk, ordinal=0, part_id=part.pk)
        return content

    def keep(self, content: Content) -> KeptContent:
        return KeptContent.objects.create(content_id=content.pk, owner="export:test", kept_at=START)

    def version(self, source: Source, first: int, last: int = LIVE, **columns) -> Version:
        content = columns.pop("content", None) or self.content()
        return Version.objects.create(
            source_id=source.pk,
            folder_id=columns.pop("folder_id", None) or self.folder(source).pk,
            item_key=columns.pop("item_key", None) or f"key {next(self.numbers)}".encode(),
            name=b"name",
            kind=columns.pop("kind", 1),
            first_seen=first,
            last_seen=last,
            size_bytes=content.size_bytes,
            content_id=content.pk,
            **columns,
        )

    def matter(self) -> Matter:
        return Matter.objects.create(name=f"Matter {next(self.numbers)}", opened_at=START)

    def pin(self, target="all", **columns) -> Pin:
        if target in {"source", "custodian", "group"}:
            columns[target] = columns.pop("on")
        return Pin.objects.create(
            label=f"Pin {next(self.numbers)}", owner="hold:test", target=target, placed_at=START, **columns
        )

    def freeze(self, *versions: Version) -> Pin:
        return self.freeze_into(self.pin("frozen"), versions)

    def freeze_into(self, pin: Pin, versions) -> Pin:
        for version in versions:
            PinVersion.objects.create(pin_id=pin.pk, version_id=version.pk)
        return pin


@pytest.fixture
def house(db) -> House:
    return House()


@pytest.fixture
def committed_house(transactional_db) -> House:
    """The same, with real commits that other connections see."""
    return House()


@pytest.fixture
def on_day():
    """A time on the given day of 2026, as a column holds it."""
    return lambda day: START + timedelta(days=day - 1)


@pytest.fixture
def condition():
    """Evaluate a condition on one version."""

    def evaluate(text: str, version: Version) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM catalog_version v WHERE v.id = %s AND {text}", [version.pk])
            return cursor.fetchone()[0] == 1

    return evaluate


@pytest.fixture
def micros():
    return to_micros
