"""Who may reach what: each model says how it belongs to a matter or why to none, and each permission is asked for."""

from __future__ import annotations

import ast
from pathlib import Path

from django.apps import apps

from legalhold.accounts.roles import Permission
from legalhold.matters.models import Matter

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("legalhold", "exports", "webdav")
OURS = ("legalhold.", "exports", "webdav")

PATHS = {
    # A step is a foreign key, or a column of ids with the model it names.
    "matters.MatterMember": "matter",
    "custodians.MatterCustodian": "matter",
    "holds.Hold": "matter",
    "holds.HoldScope": "hold matter",
    "holds.HoldTarget": "hold matter",
    "holds.HoldRelease": "hold matter",
    "catalog.Pin": "matter",
    "catalog.PinVersion": "pin_id=catalog.Pin matter",
    "review.Collection": "matter",
    "review.CollectionItem": "collection_id=review.Collection matter",
    "review.CollectionWindow": "collection_id=review.Collection matter",
    "exports.Export": "matter",
    "exports.ExportFile": "export_id=exports.Export matter",
    "exports.OwnBytes": "export_id=exports.Export matter",
    "exports.ExportedItem": "export_id=exports.Export matter",
    "webdav.Share": "export matter",
    "webdav.ShareRead": "share_id=webdav.Share export matter",
}
_SHARED = "what is preserved serves many matters; names and bytes are read through review, exports and webdav"
_HOUSE = "the house's own bookkeeping; it says nothing of a matter"
WITHOUT = {
    "matters.Matter": "it is the matter",
    "accounts.User": "people work on many matters; membership says on which",
    "custodians.Custodian": "a person may be in many matters; MatterCustodian says in which",
    "custodians.CustodianAddress": "as the custodian",
    "custodians.Group": "as custodians",
    "catalog.Source": _SHARED,
    "catalog.SourceCustodian": _SHARED,
    "catalog.GroupMember": _SHARED,
    "catalog.Snapshot": _SHARED,
    "catalog.Folder": _SHARED,
    "catalog.Version": _SHARED,
    "catalog.Content": _SHARED,
    "catalog.KeptContent": "what it keeps is read by its owner's room alone, within the owner's matter",
    "catalog.ContentPart": _SHARED,
    "catalog.ItemFacts": _SHARED,
    "catalog.Part": _SHARED,
    "catalog.Pack": _SHARED,
    "catalog.Tombstone": "what is destroyed was held by no matter",
    "catalog.CompactionRun": "a run is over all sources",
    "retention.RetentionProfile": "profiles are the organisation's",
    "retention.ProfileAssignment": "as the profile",
    "ingest.Ingest": "a capture serves every matter that its source is in",
    "ingest.LedgerEntry": "as the ingest",
    "review.IndexedSnapshot": _SHARED,
    "review.IndexRow": _SHARED,
    "audit.AuditEvent": "the trail is read through matters, by the event's matter_key; no key to a row, so that it outlives it",
    "audit.SealedEvent": "as the event",
    "audit.TreeHead": _HOUSE,
    "database.Guard": _HOUSE,
    "database.BootClock": _HOUSE,
    "journal.JournalHead": _HOUSE,
    "journal.OutboxEntry": "the archive's own record, read by rebuild alone",
}

NOT_ASKED_FOR = {
    Permission.APPROVE: "approvals aren't built: a plan's digest stands in (docs/adr/0009)",
    Permission.MANAGE_USERS: "accounts have no commands yet",
}


def end_of(label: str, path: str) -> object:
    """The model that a path of foreign keys and columns of ids ends at."""
    model = apps.get_model(label)
    for step in path.split():
        column, _, named = step.partition("=")
        field = model._meta.get_field(column)
        model = apps.get_model(named) if named else field.related_model
    return model


def required(text: str) -> set[str]:
    """Names of permissions that calls of ``require`` and ``may`` functions ask for."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    asking = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) == "require"]
    parts = [part for call in asking for part in ast.walk(call) if isinstance(part, ast.Attribute)]
    return {part.attr for part in parts if isinstance(part.value, ast.Name) and part.value.id == "Permission"}


def test_every_model_says_how_it_belongs_to_a_matter_or_why_to_none():
    models = {model._meta.label for model in apps.get_models() if model._meta.app_config.name.startswith(OURS)}

    assert PATHS.keys() & WITHOUT.keys() == set()
    assert models == PATHS.keys() | WITHOUT.keys()


def test_every_path_ends_at_a_matter():
    assert {label: end_of(label, path) for label, path in PATHS.items()} == dict.fromkeys(PATHS, Matter)


def test_a_model_said_to_have_no_path_has_no_key_to_a_matter():
    for label in WITHOUT:
        fields = apps.get_model(label)._meta.get_fields()
        assert [field.name for field in fields if field.concrete and field.related_model is Matter] == [], label


def test_every_permission_is_asked_for():
    texts = [path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    asked = {name for text in texts for name in required(text)}

    assert asked == {permission.name for permission in Permission if permission not in NOT_ASKED_FOR}
