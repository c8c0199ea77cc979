"""Kills tasks on copies of one prepared installation, and judges what each kill left behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.campaigns.kills.data import write_data

ROOT = Path(__file__).resolve().parents[3]
TASKS = ("start", "ingest", "compact", "export")
DATABASE = "kills"


class WorkerFailed(Exception):
    """A task that wasn't to be killed has ended with an error."""


@dataclass
class Kills:
    """One worker with its installation. ``address`` is a PostgreSQL server's; without one it is SQLite."""

    folder: Path
    address: str | None = None
    hits: dict[str, Counter] = field(default_factory=dict)
    states: dict[str, dict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    registered: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        write_data(self.folder / "data")
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("LEGALHOLD_", "DATABASE_URL"))
        }
        environment |= {"LEGALHOLD_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        if self.address:
            environment["DATABASE_URL"] = self.address.replace("/postgres?", f"/{DATABASE}?")
        self.worker = subprocess.Popen(
            [sys.executable, __file__.replace("driver.py", "worker.py")], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def close(self) -> None:
        self.worker.stdin.close()
        self.worker.wait(20)
        self.worker.stdout.close()

    def prepare(self) -> None:
        """Make the templates: an empty database for a first start, and the installation that is killed."""
        self._reset(None)
        self._do({"act": "migrate"})
        self._keep("empty")
        self._do({"act": "prepare"})
        shutil.copy(self.result, self.folder / "before.json")
        self._keep("prepared")
        for task in TASKS:
            self._reset(_template(task))
            began = time.monotonic()
            found = self._do({"act": "count", "task": task})
            self.seconds[task] = time.monotonic() - began
            self.hits[task], self.states[task] = Counter(found["hits"]), found["state"]
            self.registered = tuple(found["registered"])

    def never_hit(self) -> list[str]:
        """Failpoints that no task passes: killing there would try nothing."""
        return sorted(set(self.registered) - {name for hits in self.hits.values() for name in hits})

    def kill_at(self, task: str, failpoint: str, nth: int = 1, fault: str | None = None) -> list[str] | None:
        """Kill a task at a failpoint and return what is wrong then; None if the failpoint never fired."""
        self._reset(_template(task))
        _, ended = self._order({"act": "run", "task": task, "failpoint": f"{failpoint}:{nth}", "fault": fault})
        return self._judge(task) if ended["signal"] == 9 else None

    def kill_after(self, task: str, seconds: float) -> list[str] | None:
        """Kill a task after so many seconds; None if it had ended by then."""
        self._reset(_template(task))
        _, ended = self._order({"act": "run", "task": task}, kill_after=seconds)
        return self._judge(task) if ended["signal"] == 9 else None

    def kill_at_random(self, task: str, dice: random.Random) -> list[str]:
        """Kill a task at some moment of its running time."""
        while (wrong := self.kill_after(task, dice.uniform(0, self.seconds[task]))) is None:
            pass
        return wrong

    @property
    def result(self) -> Path:
        return self.folder / "result.json"

    def _judge(self, task: str) -> list[str]:
        try:
            found = self._do({"act": "judge", "task": task})
        except WorkerFailed as error:
            return [f"it can't go on: {str(error).strip().splitlines()[-1]}", str(error)]
        wrong = [
            f"{when}: {text}"
            for when in ("as_found", "after_restart", "after_resuming")
            for text in found.get(when) or ()
        ]
        if not wrong and found["state"] != self.states[task]:
            differing = [key for key in found["state"] if found["state"][key] != self.states[task][key]]
            wrong = [f"the end differs from an undisturbed run's in {', '.join(differing)}"]
        return wrong

    def _do(self, order: dict) -> dict:
        _, ended = self._order(order)
        if ended["signal"] or ended["exit"]:
            raise WorkerFailed(self.result.with_suffix(".error").read_text())
        return json.loads(self.result.read_text()) if self.result.exists() else {}

    def _order(self, order: dict, kill_after: float | None = None) -> tuple[int, dict]:
        for path in (self.result, self.result.with_suffix(".error")):
            path.unlink(missing_ok=True)
        before = None if order.get("task") == "start" else str(self.folder / "before.json")
        order = {**order, "data": str(self.folder / "data"), "told": str(self.folder / "told"), "before": before,
                 "result": str(self.result)}  # fmt: skip
        self.worker.stdin.write(json.dumps(order) + "\n")
        self.worker.stdin.flush()
        pid = json.loads(self.worker.stdout.readline())["pid"]
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(pid, 9)
        self.worker.stdin.write("\n")
        self.worker.stdin.flush()
        return pid, json.loads(self.worker.stdout.readline())

    def _keep(self, name: str) -> None:
        for path in (self.home, self.home.with_suffix(".keys")):
            if path.exists():
                shutil.copytree(path, self.folder / name / path.name)
        if self.address:
            self._sql(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {DATABASE}")

    def _reset(self, name: str | None) -> None:
        for path in (self.home, self.home.with_suffix(".keys")):
            shutil.rmtree(path, ignore_errors=True)
            if name and (self.folder / name / path.name).exists():
                shutil.copytree(self.folder / name / path.name, path)
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "told").unlink(missing_ok=True)
        if self.address:
            self._sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)",
                      f"CREATE DATABASE {DATABASE} TEMPLATE {name or 'template0'}")  # fmt: skip

    def _sql(self, *statements: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def _template(task: str) -> str:
    return "empty" if task == "start" else "prepared"


@contextmanager
def killing(folder: Path, address: str | None = None):
    """A prepared campaign for the block."""
    kills = Kills(folder, address)
    try:
        kills.prepare()
        yield kills
    finally:
        kills.close()
