"""Column types that SQL predicates compare: instants as integers, digests as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Combinable

    IntegerColumn = models.BigIntegerField[Any, Any]
else:
    IntegerColumn = models.BigIntegerField

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC; ``at`` must carry its zone."""
    return (at - EPOCH) // MICROSECOND


def micros_or_none(at: datetime | None) -> int | None:
    """Return what ``to_micros`` does, and None for None."""
    return None if at is None else to_micros(at)


def from_micros(value: int) -> datetime:
    """Return the aware UTC time of ``value`` microseconds since 1970-01-01."""
    return EPOCH + timedelta(microseconds=value)


class InstantField(IntegerColumn):
    """A time stored as microseconds since 1970-01-01 UTC, so that SQL compares the same number on every database."""

    if TYPE_CHECKING:
        # django-stubs' own way to say what a column takes and gives; it says "number" for the column this one extends.
        _pyi_private_set_type: datetime | Combinable  # type: ignore[assignment]
        _pyi_private_get_type: datetime  # type: ignore[assignment]

    def from_db_value(
        self, value: int | None, _expression: object, _connection: BaseDatabaseWrapper
    ) -> datetime | None:
        """Return the stored number as an aware time."""
        return None if value is None else from_micros(value)

    def to_python(self, value: object) -> Any:
        """Accept an aware time or the stored number."""
        return from_micros(value) if isinstance(value, int) else value

    def get_prep_value(self, value: Any) -> Any:
        """Return the number to store."""
        return to_micros(value) if isinstance(value, datetime) else super().get_prep_value(value)
