"""What must be true after a kill: first of the archive as it was found, then of the catalog after a restart."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from exports.models import Export
from exports.queries import open_export
from exports.writers.verify import verify_tree
from legalhold.archive import PackReader, PartKind, load_master_key, open_archive
from legalhold.archive.errors import ArchiveError
from legalhold.assurance.verifying import verify_archive
from legalhold.audit.anchors import read_journal
from legalhold.audit.services import verify as verify_trail
from legalhold.catalog.models import LIVE, Source
from legalhold.catalog.reading import open_content
from legalhold.cli.installation import Installation
from legalhold.database.rows import fetch
from tests.campaigns.kills.tasks import ACCESS, HELD

VERSIONS = (
    "SELECT s.key, f.path, v.item_key, v.first_seen, c.content_digest, v.last_seen, v.id FROM catalog_version v"
    " JOIN catalog_source s ON s.id = v.source_id JOIN catalog_folder f ON f.id = v.folder_id"
    " LEFT JOIN catalog_content c ON c.id = v.content_id"
)
PARTS = (
    "SELECT c.content_digest, p.part_digest FROM catalog_content c JOIN catalog_contentpart l ON l.content_id = c.id"
    f" JOIN catalog_part p ON p.id = l.part_id WHERE p.kind = {int(PartKind.DATA)}"
)
KEPT = (
    "SELECT c.content_digest FROM catalog_content c JOIN catalog_keptcontent k ON k.content_id = c.id"
    " WHERE k.ended_at IS NULL"
)


def versions() -> list[list]:
    """Every version, by what names it outside the database."""
    return sorted(
        [str(key), path.hex(), item.hex(), first, (content or b"").hex(), last, number]
        for key, path, item, first, content, last, number in fetch(VERSIONS)
    )


def inventory(archive) -> dict:
    """What the template holds: versions, which parts each content has, packs, and whose sources they are."""
    parts: dict[str, list[str]] = {}
    for content, part in fetch(PARTS):
        parts.setdefault(bytes(content).hex(), []).append(bytes(part).hex())
    held = fetch(
        "SELECT s.key FROM catalog_source s JOIN catalog_sourcecustodian a ON a.source_id = s.id"
        " JOIN custodians_custodianaddress d ON d.custodian_id = a.custodian_id WHERE d.address = %s", [HELD],
    )  # fmt: skip
    return {
        "versions": versions(), "parts": parts, "packs": sorted(archive.store.names(prefix="packs/")),
        "held": [str(key) for (key,) in held],
    }  # fmt: skip


def as_found(told: list[dict], before: dict | None) -> list[str]:
    """Judge the archive alone, as a rebuild would see it, before anything is started again."""
    environment = settings.ENVIRONMENT
    try:
        archive = open_archive(
            root=environment.archive_path, master=load_master_key(environment.master_key, environ=environment.environ),
            random=bytes,
        )  # fmt: skip
    except ArchiveError as error:
        return [f"acknowledged, but the archive can't be opened: {error}"] if told else []
    entries = [entry for _, some in archive.journal.verify() for entry in some]
    said = [(entry.verb, json.loads(entry.payload)) for entry in entries]
    return [*_acknowledged(told, said), *(_lost(archive, said, before) if before else [])]


def _acknowledged(told: list[dict], said: list[tuple[str, dict]]) -> list[str]:
    known = {
        *(("snapshot", body["source"], body["sequence"]) for verb, body in said if verb == "snapshot.completed"),
        *(("hold", body["key"]) for verb, body in said if verb == "hold.placed"),
        *(("export", body["key"]) for verb, body in said if verb == "export.created"),
        *(("matter", body["key"]) for verb, body in said if verb == "matter.created"),
    }
    wanted = {
        "snapshot": lambda one: ("snapshot", one["source"], one["sequence"]),
        **{kind: lambda one: (one["kind"], one["key"]) for kind in ("hold", "export", "matter")},
    }
    return [
        f"acknowledged, but not in the journal: {one}"
        for one in told
        if one["kind"] in wanted and wanted[one["kind"]](one) not in known
    ]


def _lost(archive, said: list[tuple[str, dict]], before: dict) -> list[str]:
    """What is no longer in any pack must have a tombstone in the journal, and a pack that is gone its condemning."""
    condemned = {name for verb, body in said if verb == "pack.condemned" for name in body["packs"]}
    names = set(archive.store.names(prefix="packs/"))
    wrong = [
        f"{name} is gone without a word in the journal" for name in before["packs"] if name not in names | condemned
    ]
    there = set()
    for name in names:
        entries = PackReader(store=archive.store, name=name, keys=archive.keys).entries()
        there |= {entry.digest.hex() for entry in entries if entry.kind == PartKind.DATA}
    gone = {one["content"] for verb, body in said if verb == "version.destroyed" for one in body["versions"]}
    wrong += [
        f"content {content[:12]} is in no pack, and the journal has no tombstone of it"
        for content, parts in before["parts"].items() if content not in gone and not there.issuperset(parts)
    ]  # fmt: skip
    return wrong


def after_restart(installation: Installation, told: list[dict], before: dict | None) -> list[str]:
    """Judge catalog and archive together."""
    verified = verify_archive(archive=installation.archive, is_full=True, progress=lambda *_: None)
    wrong = [f"verify: {damage}" for damage in verified.damages]
    wrong += [f"frozen: {verified.frozen_because}"] if verified.frozen_because else []
    wrong += [f"a file without a row: {name}" for name in verified.strays]
    trail = verify_trail(public=installation.signing_key.public, anchors=read_journal(archive=installation.archive))
    wrong += [f"the audit trail: {finding}" for finding in trail.findings]
    wrong += list(_unreadable(installation))
    wrong += [
        f"acknowledged, but {one} isn't complete" for one in told if one["kind"] == "snapshot" and not _is_complete(one)
    ]
    wrong += list(_bad_exports(installation, told))
    return wrong + (_destroyed(told, before) if before else [])


def _unreadable(installation: Installation):
    for digest in sorted({one[4] for one in versions()}):
        try:
            data = b"".join(open_content(digest=bytes.fromhex(digest), archive=installation.archive))
        except Exception as error:
            yield f"content {digest[:12]} can't be read: {type(error).__name__}: {error}"
        else:
            if sha256(data).hexdigest() != digest:
                yield f"content {digest[:12]} reads as other bytes"


def _is_complete(one: dict) -> bool:
    found = fetch(
        "SELECT n.state FROM catalog_snapshot n JOIN catalog_source s ON s.id = n.source_id WHERE n.sequence = %s AND s.id = %s",
        [one["sequence"], Source.objects.get(key=one["source"]).pk],
    )  # fmt: skip
    return found == [("complete",)]


def _bad_exports(installation: Installation, told: list[dict]):
    ready = {str(one.key): one for one in Export.objects.filter(state=Export.State.READY)}
    for one in told:
        if one["kind"] == "export" and one["key"] not in ready:
            yield f"acknowledged, but export {one['key']} isn't ready"
    for export in ready.values():
        try:
            done = verify_tree(tree=open_export(export=export, archive=installation.archive, access=ACCESS))
        except Exception as error:
            yield f"an export that is ready can't be read: {type(error).__name__}: {error}"
        else:
            if not done.is_good or done.files != export.files or not done.files:
                yield f"an export that is ready has {done.files} files, {len(done.findings)} findings"


def _destroyed(told: list[dict], before: dict) -> list[str]:
    """Nothing of a held person is gone once the hold was acknowledged; whatever else is gone has its tombstone."""
    there = {tuple(one[:5]) for one in versions()}
    gone = [one for one in before["versions"] if tuple(one[:5]) not in there]
    tombs = {row[0] for row in fetch("SELECT version_id FROM catalog_tombstone")}
    wrong = [f"version {one[6]} is gone without a tombstone" for one in gone if one[6] not in tombs]
    if any(one["kind"] == "hold" for one in told):
        wrong += [f"version {one[6]} of a held person is gone" for one in gone if one[0] in before["held"]]
    return wrong


def end_state(task: str, told: list[dict]) -> dict:
    """What must be the same whether a task was killed on its way or not."""
    shown = sorted([one[0], one[1], one[2], one[4]] for one in versions() if one[5] == LIVE)
    # An export's record names the export by a key that each run draws anew: how many there are has to be the same.
    kept = {bytes(row[0]).hex() for row in fetch(KEPT)}
    contents = sorted({bytes(row[0]).hex() for row in fetch(PARTS)} - kept)
    state: dict = {"shown": shown, "contents": contents, "kept": len(kept)}
    if task == "compact":
        state["versions"] = [one[:6] for one in versions()]
        state["dead"] = fetch("SELECT COUNT(*) FROM catalog_content WHERE dead_at IS NOT NULL")[0][0]
        state["condemned"] = fetch("SELECT COUNT(*) FROM catalog_pack WHERE state = 'condemned'")[0][0]
    if task == "export":
        state["exported"] = fetch("SELECT counts FROM exports_export WHERE state = 'ready'")[0][0]
    return json.loads(json.dumps(state, default=str))


def write(path: Path, value: object) -> None:
    """Hand a result to the driver."""
    path.write_text(json.dumps(value))
