"""What the triggers refuse, table by table, in SQL that both databases read. ``{shut}`` is "the gate's token isn't held"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from legalhold.catalog.models import LIVE

NEVER: Final = "1 = 1"


@dataclass(frozen=True, slots=True)
class Rule:
    """One refusal: of an UPDATE of ``columns`` or (no columns) of a DELETE, when ``condition`` over OLD and NEW holds.

    With ``is_identity`` every UPDATE is asked: SQLite lets a row's id be set by other names than its column's.
    """

    table: str
    name: str
    condition: str
    message: str
    columns: tuple[str, ...] = ()
    is_identity: bool = False


def _changed(*columns: str) -> str:
    return " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in columns)


def _unchanging(table: str, *columns: str) -> Rule:
    message = f"a {table} row keeps its {', '.join(columns)}"
    return Rule(table, "keeps_its_identity", _changed(*columns), message, columns, is_identity=True)


def _ends_once(table: str) -> Rule:
    return Rule(
        table=table,
        name="ends_once",
        columns=("to_at",),
        condition=f"({_changed('to_at')}) AND OLD.to_at IS NOT NULL",
        message=f"a {table} row ends once",
    )


UNCHANGING: Final = (
    _unchanging("source", "id", "key"),
    _unchanging("snapshot", "id", "source_id", "sequence", "taken_at"),
    _unchanging("folder", "id", "source_id", "path"),
    _unchanging(
        "version", "id", "source_id", "folder_id", "item_key", "name", "first_seen", "size_bytes", "content_id"
    ),
    _unchanging("content", "id", "content_digest", "size_bytes", "crc32"),
    _unchanging("keptcontent", "id", "content_id", "owner", "kept_at"),
    _unchanging("contentpart", "content_id", "ordinal", "part_id"),
    _unchanging("part", "id", "kind", "part_digest", "raw_length"),
    _unchanging("pack", "id", "name", "key_group"),
    _unchanging(
        "pin",
        *("id", "key", "label", "reason", "owner", "matter_id", "target", "source_id", "custodian_id", "group_id"),
        *("kinds", "dated_from", "dated_to", "placed_at"),
    ),
    _unchanging("pinversion", "id", "pin_id", "version_id"),
    _unchanging("sourcecustodian", "id", "source_id", "custodian_id", "from_at"),
    _unchanging("groupmember", "id", "group_id", "custodian_id", "from_at"),
    _unchanging(
        "tombstone",
        *("id", "version_id", "source_id", "version_digest", "content_digest", "kind", "size_bytes"),
        *("first_seen", "last_seen", "run_key", "because", "destroyed_at"),
    ),
)

NARROWING: Final = (
    Rule(
        table="version",
        name="kind_may_only_become_unknown",
        columns=("kind",),
        condition="NEW.kind <> OLD.kind AND NEW.kind <> 0",
        message="a version's kind may only become unknown: pins match on it",
    ),
    Rule(
        table="version",
        name="dates_may_only_open",
        columns=("item_from", "item_to"),
        condition=f"({_changed('item_from', 'item_to')}) AND NOT (NEW.item_from IS NULL AND NEW.item_to IS NULL)",
        message="a version's coverage dates may only be opened on both sides: pins match on them",
    ),
    Rule(
        table="version",
        name="last_seen_may_only_close",
        columns=("last_seen",),
        condition=(
            f"NEW.last_seen <> OLD.last_seen AND NOT (OLD.last_seen = {LIVE} AND NEW.last_seen >= OLD.first_seen"
            " AND NEW.last_seen >= (SELECT COALESCE(MAX(s.sequence), 1) - 1 FROM catalog_snapshot s"
            " WHERE s.source_id = OLD.source_id))"
        ),
        message="a version is closed once, by its source's newest snapshot, at the snapshot before that one",
    ),
    Rule(
        table="source",
        name="removing_is_the_gates",
        columns=("state",),
        condition="NEW.state <> OLD.state AND (OLD.state = 'removing' OR (NEW.state = 'removing' AND {shut}))",
        message="a source is removed through the gate only, and stays removed",
    ),
    Rule(
        table="snapshot",
        name="state_is_final",
        columns=("state",),
        condition="NEW.state <> OLD.state AND OLD.state <> 'open'",
        message="a snapshot that is complete or partial stays so",
    ),
    Rule(
        table="snapshot",
        name="custody_is_final",
        columns=("custody", "ledger", "ingested_at"),
        condition=f"({_changed('custody', 'ledger', 'ingested_at')}) AND OLD.state <> 'open'",
        message="a finished snapshot keeps its custody and its ledger",
    ),
    _ends_once("sourcecustodian"),
    _ends_once("groupmember"),
    Rule(
        table="snapshot",
        name="open_is_kept",
        columns=("expired_at",),
        condition="NEW.expired_at IS NOT NULL AND NEW.state = 'open'",
        message="an open snapshot doesn't expire",
    ),
    Rule(
        table="snapshot",
        name="manifest_stays",
        columns=("manifest_content",),
        condition=(
            "OLD.manifest_content IS NOT NULL AND NEW.manifest_content IS DISTINCT FROM OLD.manifest_content"
            " AND (NEW.manifest_content IS NULL OR {shut})"
        ),
        message="a snapshot's manifest is rewritten through the gate only",
    ),
    Rule(
        table="part",
        name="moving_is_the_gates",
        columns=("pack_id", "offset", "length", "dictionary"),
        condition=f"({_changed('pack_id', 'offset', 'length', 'dictionary')}) AND {{shut}}",
        message="a part is moved through the gate only",
    ),
    Rule(
        table="pack",
        name="condemning_is_the_gates",
        columns=("state",),
        condition=(
            "NEW.state <> OLD.state AND NOT (OLD.state = 'writing' AND NEW.state = 'live')"
            " AND ({shut} OR NEW.state <> 'condemned'"
            " OR EXISTS (SELECT 1 FROM catalog_part p WHERE p.pack_id = OLD.id))"
        ),
        message="a pack goes from writing to live, and is condemned through the gate only, when no part is in it",
    ),
    Rule(
        table="pack",
        name="length_is_final",
        columns=("length",),
        condition="NEW.length <> OLD.length AND OLD.state <> 'writing'",
        message="a written pack keeps its length",
    ),
    Rule(
        table="pin",
        name="ending_is_the_gates",
        columns=("ended_at",),
        condition=f"({_changed('ended_at')}) AND (OLD.ended_at IS NOT NULL OR {{shut}})",
        message="a pin is ended once, through the gate only",
    ),
    Rule(
        table="keptcontent",
        name="ending_is_the_gates",
        columns=("ended_at",),
        condition=f"({_changed('ended_at')}) AND (OLD.ended_at IS NOT NULL OR {{shut}})",
        message="a content is kept until that is ended once, through the gate only",
    ),
)

DELETING: Final = (
    *(
        Rule(table=table, name="is_never_deleted", condition=NEVER, message=f"{table} rows are never deleted")
        for table in (
            *("source", "snapshot", "pin", "pinversion", "sourcecustodian", "groupmember", "tombstone"),
            "keptcontent",
        )
    ),
    Rule(
        table="content",
        name="deleting_is_the_gates",
        condition=(
            "{shut} OR EXISTS (SELECT 1 FROM catalog_version v WHERE v.content_id = OLD.id)"
            " OR EXISTS (SELECT 1 FROM catalog_snapshot s WHERE s.manifest_content = OLD.id)"
            " OR EXISTS (SELECT 1 FROM catalog_keptcontent k WHERE k.content_id = OLD.id AND k.ended_at IS NULL)"
        ),
        message="a content is deleted through the gate only, when nothing refers to it",
    ),
    Rule(
        table="folder",
        name="deleting_is_the_gates",
        condition=(
            "{shut} OR EXISTS (SELECT 1 FROM catalog_version v"
            " WHERE v.source_id = OLD.source_id AND v.folder_id = OLD.id)"
        ),
        message="a folder is deleted through the gate only, when no version is in it",
    ),
    Rule(
        table="contentpart",
        name="deleting_is_the_gates",
        condition="{shut} OR EXISTS (SELECT 1 FROM catalog_content c WHERE c.id = OLD.content_id)",
        message="a content's parts are forgotten through the gate only, after the content",
    ),
    Rule(
        table="part",
        name="deleting_is_the_gates",
        condition="{shut} OR EXISTS (SELECT 1 FROM catalog_contentpart c WHERE c.part_id = OLD.id)",
        message="a part is deleted through the gate only, when no content has it",
    ),
    Rule(
        table="pack",
        name="deleting_is_the_gates",
        condition=(
            "{shut} OR OLD.state <> 'condemned' OR EXISTS (SELECT 1 FROM catalog_part p WHERE p.pack_id = OLD.id)"
        ),
        message="a pack's row is deleted through the gate only, when it is condemned and no part is in it",
    ),
)

GATE_SHUT: Final = "a version is deleted through the gate only"
HELD: Final = "a pin holds this version"
VERSION_RULES: Final = ("version_deleting_is_the_gates", "version_held_is_never_deleted")
TABLES: Final = tuple(sorted({rule.table for rule in (*UNCHANGING, *DELETING)}))
