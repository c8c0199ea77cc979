"""The organisation's data as folders that change over ninety days: mail comes, half of it is tidied away, files are edited."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from legalhold.demo import writing
from legalhold.demo.people import HELD, STAFF, UNHELD, Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

DAYS: Final = 90
SEED: Final = 20260301
MESSAGES_A_DAY: Final = 14
TIDIED_ON: Final = 45
"""Day on which both the held and the unheld custodian delete the older half of the same mail."""
CAPTURED_EVERY: Final = {"mail": 7, "calendar": 30, "contacts": 45, "files": 15}
"""Days between captures, by folder; the last day is always captured."""


@dataclass(frozen=True, slots=True)
class DueCapture:
    """A folder of somebody's that is captured at a time."""

    person: Person
    folder: str
    path: Path
    taken_at: datetime


@dataclass(slots=True)
class Organisation:
    """Folders below ``root``, one per person and kind. ``live`` brings them from day to day; what it does is fixed by the seed."""

    root: Path
    begins_at: datetime
    random: Random = field(default_factory=lambda: Random(SEED))
    messages: int = 0
    files: dict[Person, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def live(self) -> Iterator[DueCapture]:
        """Go through the days; yield each capture that is due when the folders are as they were then."""
        self._first_day()
        for day in range(DAYS):
            self._one_day(self.begins_at + timedelta(days=day), day)
            for person in STAFF:
                yield from self._due(person, day)

    def _due(self, person: Person, day: int) -> Iterator[DueCapture]:
        for folder, every in CAPTURED_EVERY.items():
            path = self.root / person.employee_id / folder
            if path.exists() and (day % every == every - 1 or day == DAYS - 1):
                taken_at = self.begins_at + timedelta(days=day, hours=22)
                yield DueCapture(person=person, folder=folder, path=path, taken_at=taken_at)

    def _first_day(self) -> None:
        for person in STAFF:
            for name in ("cur", "new", "tmp"):
                (self.root / person.employee_id / "mail" / name).mkdir(parents=True)
            self._fill_calendar(person)
            self._fill_contacts(person)
            if person.laptop:
                self._fill_files(person)

    def _fill_calendar(self, person: Person) -> None:
        for number in range(12):
            start_at = writing.working_time(day=self.begins_at + timedelta(days=7 * number), random=self.random)
            data = writing.write_event(number=number, person=person, start_at=start_at, random=self.random)
            self._write(self.root / person.employee_id / "calendar" / f"event-{number:03d}.ics", data, self.begins_at)

    def _fill_contacts(self, person: Person) -> None:
        names = [*(other.name for other in STAFF if other is not person), *writing.GUESTS]
        for number, name in enumerate(names):
            path = self.root / person.employee_id / "contacts" / f"card-{number:03d}.vcf"
            self._write(path, writing.write_contact(number=number, name=name), self.begins_at)

    def _fill_files(self, person: Person) -> None:
        for name in ("Budget.txt", "Price list.txt", "Notes/Monday.txt", "Notes/Crane.txt", "Contract draft.txt"):
            path = self.root / person.employee_id / "files" / name
            self._write(path, writing.write_file(random=self.random), self.begins_at)
            self.files[person].append(path)

    def _one_day(self, day_at: datetime, day: int) -> None:
        for _ in range(MESSAGES_A_DAY):
            self._deliver(day_at)
        for paths in self.files.values():
            if day % 10 == 0:
                self._write(self.random.choice(paths), writing.write_file(random=self.random), day_at)
        if day == TIDIED_ON:
            self._tidy()

    def _deliver(self, day_at: datetime) -> None:
        self.messages += 1
        sender = self.random.choice(STAFF)
        # Whatever one of the two gets, the other gets too: only the hold makes their data differ.
        readers = {HELD, UNHELD} if self.random.random() < 1 / 3 else {self.random.choice(STAFF[2:])}
        readers |= {self.random.choice(STAFF[2:])}
        recipients = [person.email for person in STAFF if person in readers]
        sent_at = writing.working_time(day=day_at, random=self.random)
        message = writing.write_message(
            number=self.messages,
            sender=f"{sender.name} <{sender.email}>",
            recipients=recipients,
            sent_at=sent_at,
            random=self.random,
        )
        for person in STAFF:
            if person in readers:
                self._write(
                    self.root / person.employee_id / "mail" / "cur" / f"{message.name}:2,S", message.data, sent_at
                )

    def _tidy(self) -> None:
        for person in (HELD, UNHELD):
            mail = sorted((self.root / person.employee_id / "mail" / "cur").iterdir())
            for path in mail[: len(mail) // 2]:
                path.unlink()

    def _write(self, path: Path, data: bytes, at: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (at.timestamp(), at.timestamp()))
