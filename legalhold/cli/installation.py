"""Opens what a command works with: the home folder, the database, the archive, the clocks and the random source."""
from __future__ import annotations

import getpass
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from legalhold.archive import Archive, create_archive, create_master_key, failpoints, load_master_key, open_archive
from legalhold.database.counted import ClockReading
from legalhold.journal import services as journal
from legalhold.journal.models import JournalHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from legalhold.conf.environment import Environment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class DatabaseNotMigrated(Exception):
    """The database belongs to an older version of this program."""


class ArchiveMissing(Exception):
    """The archive's folder is empty although the catalog knows of objects in it."""


class HomeUnusable(Exception):
    """The home folder can't be written to."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One organisation's installation, opened. ``actor`` is who a command acts as."""

    home: Path
    archive: Archive
    actor: str

    def now(self) -> datetime:
        """Return the wall time."""
        return datetime.now(tz=UTC)

    def reading(self) -> ClockReading:
        """Return what the machine's clocks say."""
        boottime_us = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
        return ClockReading(wall_at=self.now(), boot_id=BOOT_ID.read_text().strip(), boottime_us=boottime_us)


def open_installation(*, say: Callable[[str], None]) -> Installation:
    """Open the installation that the environment names; the first start creates what is missing and says so.

    Raises one of our exceptions, with what to do, where the home folder, database, key or journal can't be used.
    """
    environment: Environment = settings.ENVIRONMENT
    if environment.failpoint:
        failpoints.arm_from(environment.failpoint)
    _prepare_home(environment.home)
    _prepare_database(say)
    archive = _open_archive(environment, say)
    journal.adopt(archive=archive)
    return Installation(home=environment.home, archive=archive, actor=f"system:{getpass.getuser()}")


def _prepare_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeUnusable(f"{home} can't be written to ({error.strerror}): set LEGALHOLD_HOME to a folder that can") from error


def _prepare_database(say: Callable[[str], None]) -> None:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        return
    if executor.loader.applied_migrations:
        raise DatabaseNotMigrated(f"the database lacks {len(pending)} migrations: back it up, then run manage.py migrate")
    say("first start: creating the database")
    call_command("migrate", verbosity=0, interactive=False)


def _open_archive(environment: Environment, say: Callable[[str], None]) -> Archive:
    root, spec = environment.archive_path, environment.master_key
    is_new = not root.exists() or not any(root.iterdir())
    if is_new and JournalHead.objects.filter(sequence__gt=0).exists():
        raise ArchiveMissing(f"the catalog knows an archive but {root} is empty: mount it, or set LEGALHOLD_ARCHIVE_URL")
    if is_new and spec.startswith("file:") and not Path(spec.removeprefix("file:")).exists():
        path = Path(spec.removeprefix("file:"))
        create_master_key(path, random=secrets.token_bytes)
        say(f"first start: created the master key {path}; keep a copy of it elsewhere, without it nothing can be read")
    master = load_master_key(spec, environ=environment.environ)
    if is_new:
        return create_archive(root=root, master=master, random=secrets.token_bytes)
    return open_archive(root=root, master=master)
