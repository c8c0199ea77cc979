"""Foreign keys follow the rooms' order; a string foreign key is invisible to the import linter."""

import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
OURS = ("legalhold.", "exports", "webdav")


def rows() -> list[set[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [{name.strip(" ()") for name in row.split("|")} for row in contracts[0]["layers"]]


def row_of(app_name: str) -> int:
    return next(number for number, names in enumerate(rows()) if app_name in names)


def our_relations():
    for model in apps.get_models():
        if model._meta.app_config.name.startswith(OURS):
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete and field.related_model:
                    yield model, field


def crossing_relations():
    for model, field in our_relations():
        if field.related_model._meta.app_config is not model._meta.app_config:
            yield model, field


def test_every_app_has_a_row():
    ours = [config.name for config in apps.get_app_configs() if config.name.startswith(OURS)]

    assert len(ours) == 14
    for name in ours:
        row_of(name)


def test_foreign_keys_point_down():
    crossing = list(crossing_relations())

    assert crossing
    for model, field in crossing:
        assert row_of(model._meta.app_config.name) < row_of(field.related_model._meta.app_config.name), (model, field)


def test_foreign_keys_across_rooms_protect_and_hide_the_way_back():
    for model, field in crossing_relations():
        assert field.remote_field.on_delete.__name__ == "PROTECT", (model, field)
        assert field.remote_field.related_name == "+", (model, field)


def test_no_model_of_ours_cascades():
    for model, field in our_relations():
        assert field.remote_field.on_delete.__name__ == "PROTECT", (model, field)
