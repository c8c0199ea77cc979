"""No migration of ours is undone: going back would drop the archive's tables, its triggers and the pins in them."""

import pytest
from django.apps import apps
from django.db import connection, migrations
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

OURS = ("legalhold.", "exports", "webdav")


def labels() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.name.startswith(OURS) and config.models_module]


def undo(migration: migrations.Migration, executor: MigrationExecutor) -> None:
    """What the executor asks first; it looks at every operation before it runs one."""
    state = executor.loader.project_state((migration.app_label, migration.name), at_end=False)
    migration.unapply(state, schema_editor=None)


def plan_to_nothing(label: str) -> tuple[MigrationExecutor, list[migrations.Migration]]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan([(label, None)])
    assert all(is_backwards for _, is_backwards in plan)
    return executor, [migration for migration, _ in plan if migration.app_label in labels()]


@pytest.mark.django_db
@pytest.mark.parametrize("label", labels())
def test_no_migration_is_undone(label):
    executor, plan = plan_to_nothing(label)

    assert label in {migration.app_label for migration in plan}
    for migration in plan:
        with pytest.raises(IrreversibleError, match=f"in {migration} is not reversible"):
            undo(migration, executor)
