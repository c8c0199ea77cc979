"""Runs every gate a change must pass and prints what each one said; exits 1 when any of them failed.

Usage: .venv/bin/python tests/gates.py [--fast]. Tests that issue SQL run on SQLite and on PostgreSQL. Root on Debian gets
missing WebDAV clients and Chromium installed; anybody else runs without them, and what was skipped is named at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PROGRAMS = {
    "chromium": "chromium",
    "cadaver": "cadaver",
    "mount.davfs": "davfs2",
    "rclone": "rclone",
    "curl": "curl",
    "unzip": "unzip",
}
FULL_COVERAGE = (
    "legalhold/archive",
    "legalhold/catalog",
    "legalhold/holds",
    "legalhold/retention",
    "legalhold/audit",
    "webdav",
)
COVERAGE_FLOOR = 95


@dataclass(frozen=True)
class Gate:
    name: str
    command: list[str]
    floor: int | None = None
    """Percent of coverage that is asked for where no test was skipped; else the figure is printed."""


def static_gates() -> list[Gate]:
    python = sys.executable
    return [
        Gate("ruff", [str(BIN / "ruff"), "check", "."]),
        Gate("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Gate("mypy", [str(BIN / "mypy")]),
        Gate("imports", [str(BIN / "lint-imports")]),
        Gate("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Gate("deploy", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
    ]


def test_gates() -> list[Gate]:
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "--cov", "--cov-report="]
    return [
        Gate("tests on SQLite", pytest),
        Gate("tests on PostgreSQL", [sys.executable, "tests/postgres.py", *pytest, "--cov-append", "-m", "sql"]),
    ]


def coverage_gates() -> list[Gate]:
    coverage = [sys.executable, "-m", "coverage", "report"]
    full = [Gate(f"coverage of {room}", [*coverage, f"--include={room}/*"], 100) for room in FULL_COVERAGE]
    # --omit replaces what pyproject.toml leaves out, so that stands here again.
    rest = ",".join([*(f"{room}/*" for room in FULL_COVERAGE), "*/migrations/*"])
    return [*full, Gate("coverage of the rest", [*coverage, f"--omit={rest}"], COVERAGE_FLOOR)]


def install_programs() -> None:
    """Install what is missing where we may; elsewhere the tests that need it are skipped, and say so."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *words]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def run(gate: Gate, environment: dict[str, str], *, is_whole: bool) -> bool:
    """Run a gate and say how it went; a floor of coverage applies only where no test was skipped (``is_whole``)."""
    print(f"\n── {gate.name}", flush=True)
    started = time.monotonic()
    floor = [] if gate.floor is None or not is_whole else [f"--fail-under={gate.floor}"]
    if gate.floor is not None and not is_whole:
        print(f"tests were skipped, so the floor of {gate.floor} % isn't asked for")
    is_passed = subprocess.run([*gate.command, *floor], cwd=ROOT, env=environment, check=False).returncode == 0
    print(f"── {gate.name}: {'passed' if is_passed else 'FAILED'} in {time.monotonic() - started:.1f} s", flush=True)
    return is_passed


def main() -> int:
    install_programs()
    with tempfile.TemporaryDirectory(prefix="legalhold-gates-") as home:
        record = Path(home) / "skipped"  # made by the first test that is skipped, on either database
        environment = {
            **os.environ,
            "LEGALHOLD_HOME": home,
            "LEGALHOLD_SECRET_KEY": "for-the-gates-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
            "DJANGO_SETTINGS_MODULE": "legalhold.conf.settings",
            "COVERAGE_FILE": str(Path(home) / "coverage"),
            "TMPDIR": tempfile.gettempdir(),
            "LEGALHOLD_SKIPPED": str(record),
        }
        environment.pop("DATABASE_URL", None)
        gates = [*static_gates(), *([] if "--fast" in sys.argv else [*test_gates(), *coverage_gates()])]
        results = {gate.name: run(gate, environment, is_whole=not record.exists()) for gate in gates}
    failed = [name for name, is_passed in results.items() if not is_passed]
    print(
        f"\n{len(results) - len(failed)} gates passed, {len(failed)} failed"
        + (f": {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
