"""ZIP layouts kept in memory: as few as asked for, made once each."""

import threading
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from exports.writers.layouts import Layouts


@dataclass(frozen=True)
class Layout:
    files: int


@dataclass(frozen=True)
class Export:
    size: int
    key: UUID = field(default_factory=uuid4)


def layouts_of(built, most_files):
    def build(export):
        built.append(export.size)
        return Layout(export.size)

    return Layouts(build=build, most_files=most_files)


def test_layout_is_made_once_for_all_who_ask(monkeypatch):
    built = []
    layouts, export = layouts_of(built, 100), Export(10)
    found = []
    threads = [threading.Thread(target=lambda: found.append(layouts.of(export=export))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert (built, len({id(each) for each in found}), len(found)) == ([10], 1, 8)


def test_layout_used_longest_ago_makes_room():
    built = []
    layouts = layouts_of(built, 100)
    first, second, third = Export(40), Export(50), Export(30)

    for export in (first, second, first, third, first, second):
        layouts.of(export=export)

    assert built == [40, 50, 30, 50]


def test_layout_that_is_larger_than_all_may_be_is_kept_alone():
    built = []
    layouts = layouts_of(built, 100)
    small, large = Export(1), Export(1000)

    for export in (small, large, large, small):
        layouts.of(export=export)

    assert built == [1, 1000, 1]
