"""Explore every state of a scope, breadth first, and stop at the first broken promise with its shortest trace.

Run it as `python tests/model/explore.py --scope ci|full [--mutant NAME] [--config NAME] [--json]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.model.actions.registry import STEPS, Action, actions_of
from tests.model.configurations import CI, FULL
from tests.model.drain import leaks
from tests.model.invariants import broken
from tests.model.mutants import MUTANTS, seeded
from tests.model.scope import Scope, Step, Steps
from tests.model.state import canonical

Parents = dict[bytes, bytes | None]
LEAK = "garbage that nothing removes"


@dataclass(frozen=True, slots=True)
class Result:
    """What one exploration found; `fired` counts each step of the vocabulary, `trace` is empty when all promises hold."""

    configuration: str
    mutant: str
    states: int
    steps: int
    depth: int
    seconds: float
    is_fixpoint: bool
    broken: str | None
    trace: tuple[Step, ...]
    fired: dict[str, int]


def explore(*, scope: Scope, most: int | None = None, progress: Callable[[str], None] | None = None) -> Result:
    """Visit every state that the scope's actors can reach, at most `most` of them."""
    began = time.perf_counter()
    actions = actions_of(scope)
    fired = {step: 0 for action in actions for step in STEPS[action]}
    parents: Parents = {scope.initial: None}
    clean: set[bytes] = set()
    frontier, depth, fault, bad = [scope.initial], 0, None, b""
    while frontier and not fault and (most is None or len(parents) < most):
        frontier, fault, bad = _level(frontier, scope, actions, fired, parents, clean)
        depth += 1
        if progress and depth % 5 == 0:
            progress(f"{scope.name} depth {depth} states {len(parents):,} {time.perf_counter() - began:.0f} s")
    return Result(
        configuration=scope.name,
        mutant=scope.mutant,
        states=len(parents),
        steps=sum(fired.values()),
        depth=depth,
        seconds=round(time.perf_counter() - began, 2),
        is_fixpoint=not frontier and not fault,
        broken=fault,
        trace=_trace(scope, actions, parents, bad) if fault else (),
        fired=fired,
    )


def _level(
    frontier: list[bytes],
    scope: Scope,
    actions: tuple[Action, ...],
    fired: dict[str, int],
    parents: Parents,
    clean: set[bytes],
) -> tuple[list[bytes], str | None, bytes]:
    """Take every step from every state of a level."""
    new: list[bytes] = []
    is_symmetric = scope.compactors == 2
    for state in frontier:
        out: Steps = []
        for action in actions:
            action(state, scope, out)
        for step, reached in out:
            fired[step[1]] += 1
            if is_symmetric:
                reached = canonical(reached)
            if reached not in parents:
                parents[reached] = state
                if fault := broken(reached, scope) or (LEAK if leaks(reached, scope, clean) else None):
                    return new, fault, reached
                new.append(reached)
    return new, None, b""


def _trace(scope: Scope, actions: tuple[Action, ...], parents: Parents, bad: bytes) -> tuple[Step, ...]:
    """Give the steps to a state.  They are taken again without reordering compactors, so that each keeps its number."""
    path, at = [bad], parents[bad]
    while at is not None:
        path.append(at)
        at = parents[at]
    steps, real = [], scope.initial
    for wanted in reversed(path[:-1]):
        step, real = next((s, t) for s, t in _successors(real, scope, actions) if _same(scope, t, wanted))
        steps.append(step)
    return tuple(steps)


def _successors(state: bytes, scope: Scope, actions: tuple[Action, ...]) -> Steps:
    out: Steps = []
    for action in actions:
        action(state, scope, out)
    return out


def _same(scope: Scope, state: bytes, wanted: bytes) -> bool:
    return (canonical(state) if scope.compactors == 2 else state) == wanted


def run(
    *, scope: str, config: str = "", mutant: str = "", progress: Callable[[str], None] | None = None
) -> list[Result]:
    """Explore the configurations of a scope (`full` has those of `ci` too), then the seeded bugs; or the one named."""
    results = []
    if not mutant:
        chosen = [c for c in (CI if scope == "ci" else (*CI, *FULL)) if config in {"", c.name}]
        results += [explore(scope=c, progress=progress) for c in chosen]
    if not config:
        chosen_mutants = [mutant] if mutant else list(MUTANTS)
        results += [explore(scope=seeded(name), progress=progress) for name in chosen_mutants]
    return results


def failures(results: list[Result], *, is_whole: bool) -> list[str]:
    """Say why a run is not good: a promise broken, a bug that survived, a step that was never taken."""
    said = []
    taken = {step for r in results for step, count in r.fired.items() if count and not r.mutant}
    if is_whole and (never := {step for steps in STEPS.values() for step in steps} - taken):
        said.append(f"never taken: {sorted(never)}")
    for r in results:
        if r.mutant and not r.broken:
            said.append(f"the seeded bug {r.mutant} survived in {r.configuration}")
        elif not r.mutant and r.broken:
            said.append(f"{r.configuration}: {r.broken}: {r.trace}")
        elif not r.mutant and not r.is_fixpoint:
            said.append(f"{r.configuration}: stopped before the fixpoint")
    return said


def _line(r: Result) -> str:
    found = f"{r.broken} after {len(r.trace)} steps" if r.broken else "every promise holds"
    name = f"{r.mutant} in {r.configuration}" if r.mutant else r.configuration
    return f"{name}: {r.states:,} states, {r.steps:,} steps, depth {r.depth}, {r.seconds} s: {found}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scope", choices=("ci", "full"), default="ci")
    parser.add_argument("--mutant", choices=MUTANTS, default="")
    parser.add_argument("--config", choices=[c.name for c in (*CI, *FULL)], default="")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> int:
    """Run, print, and fail when anything is not as it must be."""
    asked = _arguments()
    results = run(
        scope=asked.scope, config=asked.config, mutant=asked.mutant, progress=lambda line: print(line, file=sys.stderr)
    )
    said = failures(results, is_whole=not (asked.config or asked.mutant))
    if asked.json:
        rows: list[dict[str, Any]] = [{f.name: getattr(r, f.name) for f in fields(Result)} for r in results]
        print(json.dumps({"results": rows, "failures": said}))
    else:
        print("\n".join([*map(_line, results), *(f"FAILED: {line}" for line in said)]))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
