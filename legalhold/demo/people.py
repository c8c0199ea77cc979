"""Who works at the generated organisation. The same seed gives the same people on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMPANY: Final = "Harbour & Pine"
DOMAIN: Final = "harbourpine.example"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff; ``laptop`` is the device whose files are captured, if any."""

    name: str
    employee_id: str
    department: str
    laptop: str | None = None

    @property
    def email(self) -> str:
        """The address at the company."""
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


STAFF: Final = (
    Person("Alice Adams", "E1007", "Sales", "LAPTOP-17"),
    Person("Bob Brown", "E1012", "Sales", "LAPTOP-22"),
    Person("Carla Costa", "E1019", "Finance", "LAPTOP-31"),
    Person("David Dahl", "E1020", "Finance"),
    Person("Emine Eren", "E1033", "Engineering", "LAPTOP-40"),
    Person("Farid Farsi", "E1034", "Engineering"),
    Person("Grace Gunn", "E1041", "Legal", "LAPTOP-52"),
    Person("Hiro Hara", "E1046", "Operations"),
    Person("Ines Ibarra", "E1050", "Operations"),
    Person("Jonas Jensen", "E1055", "Purchasing"),
    Person("Kamala Khan", "E1061", "Marketing"),
    Person("Liam Lynch", "E1068", "Management"),
)
HELD: Final = STAFF[0]
"""The custodian who is put on hold."""
UNHELD: Final = STAFF[1]
"""The custodian who got the same mail and isn't."""
