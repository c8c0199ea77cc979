"""Why an item is here or how it went, for those who may know: what another matter holds is said without its name."""

from __future__ import annotations

from dataclasses import dataclass
from re import fullmatch
from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.catalog.explain import VersionUnknown, explain_version
from legalhold.catalog.models import Source, Tombstone
from legalhold.database import rows
from legalhold.formats import ItemKind
from legalhold.matters.access import FOREIGN, reached_matters, require
from legalhold.review.naming import owners_of
from legalhold.review.queries import hits_of

if TYPE_CHECKING:
    from legalhold.catalog.explain import Explanation
    from legalhold.matters.access import Access

MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class What:
    """What a version is and whose its source ever was. Of a destroyed one folder, name and subject are empty: they went too."""

    kind: ItemKind
    source: str
    custodians: tuple[str, ...]
    folder: str = ""
    name: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Where one version stands, what it is, and the reasons that whoever asks may read."""

    version_id: int
    phase: str
    lines: tuple[str, ...]
    what: What


def explain_item(*, text: str, access: Access) -> list[Explained]:
    """Explain the version of that number, or every version of the content with that SHA-256 (hex), those destroyed too.

    Raises ``VersionUnknown``, and ``NotAllowed`` without the permission to look beyond matters.
    """
    require(access=access, permission=Permission.BROWSE_UNHELD)
    versions = _versions(text.strip().lower())
    if not versions:
        raise VersionUnknown(
            f"no item has the number or SHA-256 {text!r}, and none was destroyed; `search` prints numbers"
        )
    explanations = [(version, explain_version(version_id=version)) for version in versions]
    whats = _whats(versions)
    return [_explained(version, explanation, whats[version], access) for version, explanation in explanations]


def _whats(versions: list[int]) -> dict[int, What]:
    gone = list(Tombstone.objects.filter(version_id__in=versions))
    sources = Source.objects.in_bulk({row.source_id for row in gone})
    owners = owners_of(sources=sources)
    destroyed = {
        row.version_id: What(ItemKind(row.kind), sources[row.source_id].name, tuple(owners.get(row.source_id, ())))
        for row in gone
    }
    there = {
        hit.version_id: What(hit.kind, hit.source, hit.custodians, hit.folder, hit.name, hit.subject)
        for hit in hits_of(versions=versions)
    }
    return there | destroyed


def _versions(text: str) -> list[int]:
    if fullmatch(r"\d{1,18}", text):
        return [int(text)]
    if not fullmatch(r"[0-9a-f]{64}", text):
        return []
    digest = bytes.fromhex(text)
    found = rows.fetch(
        "SELECT v.id FROM catalog_version v JOIN catalog_content c ON c.id = v.content_id WHERE c.content_digest = %s"
        " UNION SELECT t.version_id FROM catalog_tombstone t WHERE t.content_digest = %s ORDER BY 1 LIMIT %s",
        [digest, digest, MOST_ITEMS],
    )
    return [int(row[0]) for row in found]


def _explained(version_id: int, explanation: Explanation, what: What, access: Access) -> Explained:
    matters = {pin.matter_id for pin in explanation.pins if pin.matter_id is not None}
    foreign = matters - reached_matters(access=access, ids=matters)
    hidden = {f"held by {pin.label}" for pin in explanation.pins if pin.matter_id in foreign}
    lines = tuple(line for line in explanation.lines if line not in hidden)
    return Explained(version_id, explanation.phase, lines + ((f"held by {FOREIGN}",) if foreign else ()), what)
