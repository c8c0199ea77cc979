"""Conditions on an item, as values: equal queries give equal trees."""

from dataclasses import dataclass
from enum import StrEnum

from legalhold.formats import ItemKind


class Field(StrEnum):
    """What words are looked for in. ``ANY`` is every other one together."""

    ANY = "any"
    SUBJECT = "subject"
    FROM = "from"
    TO = "to"
    CC = "cc"
    PARTICIPANTS = "participants"
    NAME = "name"
    FILENAME = "filename"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every item."""


@dataclass(frozen=True, slots=True)
class Words:
    """These words side by side in a field; the last one may be only begun."""

    field: Field
    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class KindIs:
    """An item of one of these kinds."""

    kinds: tuple[ItemKind, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """Sent at or after ``from_us`` and before ``until_us`` (microseconds since 1970 UTC; None is open)."""

    from_us: int | None
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Dated:
    """With a date at or after ``from_us`` and before ``until_us``; what lasts is dated from its start to its end."""

    from_us: int | None
    until_us: int | None


@dataclass(frozen=True, slots=True)
class HasAttachment:
    """With at least one attachment."""


@dataclass(frozen=True, slots=True)
class CustodianIs:
    """From a source while it was this custodian's; ``column`` is where the query says so, from 1."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class SourceIs:
    """From a source of this name."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """What doesn't meet the condition."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """What meets all conditions."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What meets at least one condition."""

    nodes: tuple["Node", ...]


Node = Everything | Words | KindIs | Sent | Dated | HasAttachment | CustodianIs | SourceIs | Not | And | Or
