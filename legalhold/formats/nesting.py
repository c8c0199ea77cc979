"""How BEGIN and END lines nest, and where a component without its END ends. Knows no file and no values."""

import re
from dataclasses import dataclass, field

MAX_DEPTH = 64
# vCard 2.1 §2.5.3: the card of an agent stands in another card behind such a line, and there alone
_AGENT = re.compile(rb"(?:\A|\n)(?:[A-Za-z0-9-]{1,64}\.)?AGENT(?:;[^:\n]{0,100})?:\s*\Z", re.IGNORECASE)
_AGENT_BYTES = 256
_CALENDAR_OBJECTS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})
# what can't go on when one of these begins: its END is missing
_ENDED_BY = dict.fromkeys([*_CALENDAR_OBJECTS, "VCALENDAR"], _CALENDAR_OBJECTS) | {"VCARD": frozenset({"VCARD"})}


@dataclass(slots=True)
class Component:
    """One BEGIN…END: `start` to `end` in the captured bytes, both lines and their ends included.

    `is_closed` is false when its END is missing; it then reaches to where another line or the file ended it.
    """

    name: str
    start: int
    end: int
    is_closed: bool = True
    children: list["Component"] = field(default_factory=list)


class Nesting:
    """Builds the components of a text from its BEGIN and END lines, in order."""

    def __init__(self, *, text: bytes, unit_bytes: int, lead_bytes: int) -> None:
        self.roots: list[Component] = []
        self.count = 0
        self.is_too_large = False
        self.is_too_deep = False
        self._skipped = 0
        self._open: list[Component] = []
        self._text = text
        self._unit_bytes = unit_bytes
        self._lead_bytes = lead_bytes

    def take(self, *, is_begin: bool, name: str, start: int, end: int) -> None:
        """Take the next BEGIN or END line, by its range in the text."""
        if not is_begin:
            if self._skipped:
                self._skipped -= 1
            else:
                self._close(name, start, end)
            return
        self._end_left_open(name, start)
        if len(self._open) < MAX_DEPTH:
            self.count += 1
            component = Component(name, self._at(start), self._at(end), is_closed=False)
            (self._open[-1].children if self._open else self.roots).append(component)
            self._open.append(component)
        else:
            self._skipped += 1
            self.is_too_deep = True

    def finish(self) -> None:
        """End what is still open at the end of the text."""
        while self._open:
            self._open.pop().end = self._at(len(self._text))

    def _end_left_open(self, name: str, start: int) -> None:
        """End the component that lacks its END: this one can't stand inside of it."""
        ended = _ENDED_BY.get(name, frozenset())
        for depth, component in enumerate(self._open):
            if component.name in ended and not (name == "VCARD" and self._is_agent(start)):
                for left_open in self._open[depth:]:
                    left_open.end = self._at(start)
                del self._open[depth:]
                self._skipped = 0
                return

    def _is_agent(self, start: int) -> bool:
        return _AGENT.search(self._text[max(0, start - _AGENT_BYTES) : start]) is not None

    def _close(self, name: str, start: int, end: int) -> None:
        if not any(component.name == name for component in self._open):
            return
        while (component := self._open.pop()).name != name:
            component.end = self._at(start)
        component.end = self._at(end)
        component.is_closed = True

    def _at(self, index: int) -> int:
        return index * self._unit_bytes + self._lead_bytes
