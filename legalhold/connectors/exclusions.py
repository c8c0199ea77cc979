"""Named rules for what a capture leaves out: every exclusion can be told by its name."""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """A shell pattern over raw paths relative to the source's root; `*` also matches `/`, case counts.

    A pattern without a slash is tried against the last component. A folder's path is tried without a slash at its end.
    """

    name: str
    pattern: bytes


class Exclusions:
    """The rules in force for one capture."""

    def __init__(self, rules: Iterable[ExclusionRule] = ()) -> None:
        self.rules = tuple(rules)
        self._compiled = tuple((rule, re.compile(fnmatch.translate(_text(rule.pattern)))) for rule in self.rules)

    def rule_for(self, *, path: bytes) -> str | None:
        """Name the first rule that leaves this path out, or None."""
        if not self._compiled:
            return None
        whole = _text(path)
        last = whole.rpartition("/")[2]
        for rule, compiled in self._compiled:
            if compiled.match(whole if b"/" in rule.pattern else last):
                return rule.name
        return None


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")
