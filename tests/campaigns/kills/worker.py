"""A process that has everything imported and forks one child per task, so that a kill costs no second import.

Reads one JSON object per line: {"act", "task", "failpoint", "fault", "data", "told", "before", "result"}; answers with
the child's process id, then with how it ended. Every child opens the installation as a command does.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path


def main() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "legalhold.conf.settings"
    django.setup()
    from django.db.migrations.loader import MigrationLoader

    MigrationLoader(None)
    from tests.campaigns.kills import checks, faults, tasks  # noqa: F401 the children need them

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _child(json.loads(line))
        print(json.dumps({"pid": pid}), flush=True)
        sys.stdin.readline()  # until the driver has killed it, or doesn't want to: an ended child must stay killable
        _, status = os.waitpid(pid, 0)
        print(
            json.dumps({"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "exit": status >> 8}),
            flush=True,
        )


def _child(order: dict) -> None:
    code = 1
    try:
        os.dup2(2, 1)
        globals()[f"_{order['act']}"](order)
        code = 0
    except BaseException:
        Path(order["result"]).with_suffix(".error").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _open(failpoint: str | None = None):
    from django.conf import settings

    from legalhold.cli.installation import open_installation

    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, failpoint=failpoint)
    return open_installation(say=lambda _: None)


def _prepare(order: dict) -> None:
    from tests.campaigns.kills import checks, tasks

    installation = _open()
    tasks.prepare(installation, Path(order["data"]))
    checks.write(Path(order["result"]), checks.inventory(installation.archive))


def _migrate(order: dict) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _count(order: dict) -> None:
    """Run a task without a kill: which failpoints it hits how often, and the state it ends in."""
    from legalhold.archive import failpoints
    from tests.campaigns.kills import checks, tasks

    class Counting:
        hits: Counter[str] = Counter()

        def hit(self, name: str) -> None:
            self.hits[name] += 1

    failpoints._arm(Counting())
    told = tasks.Acknowledgements(Path(order["told"]))
    tasks.TASKS[order["task"]](_open(), Path(order["data"]), told)
    result = {
        "hits": Counting.hits, "registered": failpoints.registered(), "state": checks.end_state(order["task"], told.said())
    }  # fmt: skip
    checks.write(Path(order["result"]), result)


def _run(order: dict) -> None:
    """Run a task that is going to be killed, with a fault planted if one is named."""
    from tests.campaigns.kills import faults, tasks

    if order.get("fault"):
        faults.FAULTS[order["fault"]]()
    installation = _open(order.get("failpoint"))
    tasks.TASKS[order["task"]](installation, Path(order["data"]), tasks.Acknowledgements(Path(order["told"])))


def _judge(order: dict) -> None:
    """Look at what the kill left, start again, look, do the task to its end, and look once more."""
    from tests.campaigns.kills import checks, tasks

    told, task = tasks.Acknowledgements(Path(order["told"])), order["task"]
    before = json.loads(Path(order["before"]).read_text()) if order.get("before") else None
    result = {"as_found": checks.as_found(told.said(), before), "state": None}
    installation = _open()
    result["after_restart"] = checks.after_restart(installation, told.said(), before)
    if not any(result.values()):
        tasks.TASKS[task](installation, Path(order["data"]), told)
        result["after_resuming"] = checks.after_restart(installation, told.said(), before)
        result["state"] = checks.end_state(task, told.said())
    checks.write(Path(order["result"]), result)


if __name__ == "__main__":
    main()
