"""Seeded bugs in the code itself: one place of a function's text is changed while a test runs."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def mutate(monkeypatch: pytest.MonkeyPatch, function: Callable, sound: str, mutant: str) -> None:
    """Replace ``sound``, which stands in the function's text once, by ``mutant``, for all that imported it too."""
    text = textwrap.dedent(inspect.getsource(function)).removeprefix("@property\n")
    assert text.count(sound) == 1, f"{sound!r} stands {text.count(sound)} times in {function.__qualname__}"
    made: dict = {}
    exec(compile(f"from __future__ import annotations\n{text.replace(sound, mutant)}", "mutant", "exec"), made)
    monkeypatch.setattr(function, "__code__", made[function.__name__].__code__)
