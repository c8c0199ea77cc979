"""The protocol holds in every reachable state of the small scopes, and every seeded bug is found there."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.model.actions.registry import STEPS
from tests.model.configurations import CI
from tests.model.drain import leaks
from tests.model.explore import Result, explore, failures
from tests.model.invariants import broken
from tests.model.mutants import MUTANTS, seeded
from tests.model.scope import Scope
from tests.model.state import CONTENTS, FILES, LISTED, PACKS, PARTS, canonical
from tests.model.traces import FOLDER, as_document

# A change of these counts is a change of the protocol, or of what is looked at: say which, and why.
STATES = {
    "gaps": 31206,
    "holds": 1450,
    "dedup": 3574,
    "sharing": 3856,
    "ids": 34136,
    "repack": 6854,
    "repack at once": 5238,
    "journal": 49083,
    "restore": 100039,
}
STORED = ((LISTED, 1), (CONTENTS, 1), (PARTS, 2), (PACKS, 2), (FILES, 1))


@pytest.fixture(scope="module")
def correct() -> dict[str, Result]:
    return {scope.name: explore(scope=scope) for scope in CI}


def stored(*changes: tuple[int, int]) -> bytes:
    """Give a house with one version, its content, part, pack and file, and some bytes changed."""
    state = bytearray(Scope(name="one").initial)
    for at, value in (*STORED, *changes):
        state[at] = value
    return bytes(state)


def test_every_promise_holds_to_the_fixpoint(correct):
    assert {name: (r.broken, r.is_fixpoint) for name, r in correct.items()} == dict.fromkeys(STATES, (None, True))


def test_states_are_as_many_as_they_were(correct):
    assert {name: r.states for name, r in correct.items()} == STATES


def test_every_step_of_the_vocabulary_is_taken(correct):
    taken = {step for r in correct.values() for step, count in r.fired.items() if count}

    assert taken == {step for steps in STEPS.values() for step in steps}
    assert failures(list(correct.values()), is_whole=True) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_seeded_bug_is_found_by_the_trace_that_is_kept(mutant):
    scope = seeded(mutant)

    result = explore(scope=scope)

    kept = json.loads((FOLDER / f"{mutant}.json").read_text(encoding="utf-8"))
    assert result.broken is not None
    assert as_document(scope=scope, result=result) == kept


def test_traces_kept_are_those_of_the_seeded_bugs():
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(MUTANTS)


def test_page_of_the_model_states_the_figures_found():
    page = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    traces = [json.loads((FOLDER / f"{mutant}.json").read_text(encoding="utf-8")) for mutant in MUTANTS]

    rows = [f"| {t['mutant']} | {t['configuration']} | {len(t['steps'])} | {t['broken']} |" for t in traces]
    assert [row for row in rows if row not in page] == []
    assert [name for name, count in STATES.items() if f"| {count:,} |" not in page] == []
    assert [step for steps in STEPS.values() for step in steps if step not in page] == []


def test_run_fails_when_a_seeded_bug_survives():
    survivor = explore(scope=replace(seeded("delete_ignores_pins"), targets=()))

    assert failures([survivor], is_whole=False) == ["the seeded bug delete_ignores_pins survived in holds"]


def test_run_fails_when_a_step_is_never_taken(correct):
    said = failures([correct["holds"]], is_whole=True)

    assert len(said) == 1
    assert "repack_switch" in said[0]


def test_run_fails_when_it_stops_before_the_fixpoint():
    result = explore(scope=CI[0], most=100)

    assert failures([result], is_whole=False) == ["gaps: stopped before the fixpoint"]


def test_run_fails_when_a_promise_is_broken():
    result = replace(explore(scope=seeded("no_writing_fence")), mutant="")

    assert failures([result], is_whole=False)[0].startswith("dedup: a part whose file is gone: (('ingest 0', 'look_up'")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), None),
        (((CONTENTS, 0),), "a version without its content"),
        (((PARTS, 0),), "a content without its part"),
        (((PACKS, 3),), "a part in a pack that is not live"),
        (((FILES, 0),), "a part whose file is gone"),
        (((CONTENTS, 0b101),), "a content in use is marked dead"),
        (((PARTS, 3),), "a part in use is marked dead"),
        (((CONTENTS, 0b11),), "a content that nothing uses is not marked: it leaks"),
        (((LISTED, 0), (CONTENTS, 0)), "a part that nothing uses is not marked: it leaks"),
    ],
)
def test_broken_promise_is_named(changes, said):
    assert broken(stored(*changes), Scope(name="one")) == said


def test_unmarked_garbage_leaks_and_marked_garbage_does_not():
    scope = Scope(name="one")

    assert leaks(stored((LISTED, 0), (CONTENTS, 0b101), (PARTS, 3)), scope, set()) is False
    assert leaks(stored((LISTED, 0), (CONTENTS, 0b101)), scope, set()) is True


def test_canonical_form_is_the_same_for_both_orders_of_compactors():
    state = bytearray(Scope(name="one").initial)
    state[35:41] = bytes((1, 2, 0, 3, 0, 1))
    swapped = bytes(state[:35] + state[38:41] + state[35:38] + state[41:])

    assert canonical(bytes(state)) == canonical(swapped)


def test_command_finds_a_named_bug():
    command = [sys.executable, str(Path(__file__).with_name("explore.py")), "--mutant", "no_writing_fence", "--json"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert [r["broken"] for r in found["results"]] == ["a part whose file is gone"]
    assert found["failures"] == []
