"""The shortest trace of each seeded bug, as JSON, to be replayed against the real services.

Run it as `python tests/model/traces.py` to write `traces/*.json` anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.model.explore import Result, explore
from tests.model.mutants import MUTANTS, seeded
from tests.model.scope import Scope

FOLDER = Path(__file__).with_name("traces")
# of a scope, what a replay must set up
SETTING = ("snapshots", "choices", "contents", "targets", "associated")


def as_document(*, scope: Scope, result: Result) -> dict[str, Any]:
    """Give a trace and its setting as plain JSON values."""
    steps = [{"actor": actor, "action": action, "arguments": rest} for actor, action, *rest in result.trace]
    return {
        "mutant": result.mutant,
        "configuration": result.configuration,
        "broken": result.broken,
        "setting": json.loads(json.dumps({name: getattr(scope, name) for name in SETTING})),
        "steps": steps,
    }


def trace_of(mutant: str) -> dict[str, Any]:
    """Explore until a seeded bug is found, and give its trace."""
    scope = seeded(mutant)
    return as_document(scope=scope, result=explore(scope=scope))


def write_all() -> None:
    """Write the trace of every seeded bug."""
    FOLDER.mkdir(exist_ok=True)
    for mutant in MUTANTS:
        text = json.dumps(trace_of(mutant), indent=1)
        (FOLDER / f"{mutant}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_all()
