"""Opens what a command works with: the home folder, the database, the archive, the keys, the clocks and the random source."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from legalhold.archive import Archive, create_archive, create_master_key, failpoints, load_master_key, open_archive
from legalhold.audit.queries import newest_sealed_at
from legalhold.audit.services import open_signing_key, seal
from legalhold.catalog.destruction import close_interrupted, discard_unfinished
from legalhold.cli.management import commands
from legalhold.cli.printing import count
from legalhold.cli.refusing import refusal
from legalhold.database.counted import ClockReading
from legalhold.ingest.services import recover_ingests
from legalhold.journal import services as journal
from legalhold.journal.models import JournalHead
from legalhold.review.indexing import index_pending
from legalhold.review.services import forget_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from legalhold.audit.signing import SigningKey

MACHINE_ID = Path("/etc/machine-id")
FROZEN: Final = "FROZEN: nothing can be placed, captured or destroyed; `archive stats` says why and what to do"
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
    anchor: Path | None
    archive: Archive
    signing_key: SigningKey
    actor: str

    def now(self) -> datetime:
        """Return the wall time."""
        return datetime.now(tz=UTC)

    def reading(self) -> ClockReading:
        """Return what the machine's clocks say."""
        return ClockReading(
            wall_at=self.now(),
            machine_id=MACHINE_ID.read_text().strip() if MACHINE_ID.exists() else "",
            boot_id=BOOT_ID.read_text().strip(),
            boottime_us=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000,
        )

    def newest_sealed_at(self) -> datetime | None:
        """Return a time that has certainly passed, so that a clock that was set back is noticed."""
        return newest_sealed_at()

    def seal(self) -> None:
        """Seal what the act recorded, copy the head to the anchor, and make the journal durable."""
        seal(key=self.signing_key, at=self.now(), anchor=self.anchor, archive=self.archive)


def open_installation(*, say: Callable[[str], None]) -> Installation:
    """Open the installation that the environment names; the first start creates what is missing and says so.

    Raises one of our exceptions, with what to do, where the home folder, database, keys or journal can't be used.
    """
    environment = settings.ENVIRONMENT
    if environment.failpoint:
        _arm(environment.failpoint)
    _prepare_home(environment.home)
    with _starting(environment.home):
        _prepare_database(say)
        archive = _open_archive(say)
        signing_key = _open_signing_key(environment.home, say)
    adopted = journal.adopt(archive=archive)
    installation = Installation(environment.home, environment.anchor, archive, signing_key, f"system:{_user()}")
    if adopted.frozen_because:
        say(FROZEN)
    else:
        _finish_interrupted(installation, say)
    return installation


def keys_folder(home: Path) -> Path:
    """Return the folder beside the home folder, so that a copy of the data never holds its keys."""
    return home.parent / f"{home.name}.keys"


def _user() -> str:
    """Return whose process this is; LOGNAME and USER, which anybody can set, are not asked."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number that has no name
        return f"uid-{os.getuid()}"


def _finish_interrupted(installation: Installation, say: Callable[[str], None]) -> None:
    """Finish or undo what a process that is gone left half done. What is under way is left alone."""
    by, at = installation.actor, installation.now()
    try:
        recovered = recover_ingests(archive=installation.archive, by=by, now=installation.now)
        if recovered:
            index_pending(at=at)
            say(
                f"finished {count(recovered, 'interrupted ingest')}: what was captured until then is in a partial snapshot"
            )
        if closed := close_interrupted(by=by, at=at):
            say(f"closed {count(closed, 'interrupted compaction')}: the next one goes on from there")
        if removed := discard_unfinished(archive=installation.archive, at=at):
            say(f"removed {count(removed, 'file')} that a killed process had left half written")
        if forgotten := forget_interrupted(by=by, at=at):
            say(f"let go of {count(forgotten, 'collection')} whose freezing was interrupted: collect again")
    except Exception as error:  # noqa: BLE001 reading must stay possible on a full disk or with a damaged archive
        message = refusal(error) or f"{type(error).__name__}: {error}"
        say(f"something interrupted couldn't be finished, and is tried again at the next start: {message}")


def _arm(failpoint: str) -> None:
    """Arm a failpoint; all commands together import every room that has one, so an unknown name is known to be wrong."""
    failpoints.arm_from(failpoint)
    for module in iter_modules(commands.__path__):
        import_module(f"{commands.__name__}.{module.name}")
    failpoints.refuse_unknown()


@contextmanager
def _starting(home: Path) -> Iterator[None]:
    """Let one process at a time look what is missing, so that two first starts don't both create it."""
    fd = os.open(home / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _prepare_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeUnusable(
            f"{home} can't be written to ({error.strerror}): set LEGALHOLD_HOME to a folder that can"
        ) from error


def _prepare_database(say: Callable[[str], None]) -> None:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        return
    if executor.loader.applied_migrations:
        raise DatabaseNotMigrated(
            f"the database lacks {count(len(pending), 'migration')}: back it up, then run manage.py migrate"
        )
    say("first start: creating the database")
    call_command("migrate", verbosity=0, interactive=False)


def _open_signing_key(home: Path, say: Callable[[str], None]) -> SigningKey:
    path = keys_folder(home) / "audit.key"
    is_there = path.exists()
    key = open_signing_key(path=path, random=secrets.token_bytes)
    if not is_there:
        say(
            f"first start: created the audit trail's signing key {path}; keep a copy of it with the master key's,"
            " no command runs without it"
        )
    return key


def _open_archive(say: Callable[[str], None]) -> Archive:
    environment = settings.ENVIRONMENT
    root, spec = environment.archive_path, environment.master_key
    there = {child.name for child in root.iterdir()} if root.exists() else set()
    # A first start that was killed may have left some of the keys and nothing else: creating goes on from there.
    is_new = there <= {"keys"}
    if is_new and JournalHead.objects.filter(sequence__gt=0).exists():
        raise ArchiveMissing(
            f"the catalog knows an archive but {root} is empty: mount it, or set LEGALHOLD_ARCHIVE_URL"
        )
    if not there and spec.startswith("file:") and not Path(spec.removeprefix("file:")).exists():
        path = Path(spec.removeprefix("file:"))
        create_master_key(path, random=secrets.token_bytes)
        say(f"first start: created the master key {path}; keep a copy of it elsewhere, without it nothing can be read")
    master = load_master_key(spec, environ=environment.environ)
    if is_new:
        return create_archive(root=root, master=master, random=secrets.token_bytes)
    return open_archive(root=root, master=master, random=secrets.token_bytes)
