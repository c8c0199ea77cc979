"""Whose a data source is, to tell it from another of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.catalog.models import SourceCustodian

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from legalhold.catalog.models import Source


def owners_now(*, sources: Collection[Source] | Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the names of the custodians whose each source is now, by name; a source that is nobody's isn't in it."""
    owners: dict[int, tuple[str, ...]] = {}
    links = SourceCustodian.objects.filter(source__in=sources, to_at=None).order_by("custodian__name", "pk")
    for source, name in links.values_list("source_id", "custodian__name"):
        owners[source] = (*owners.get(source, ()), name)
    return owners


def titled(*, name: str, custodians: Iterable[str]) -> str:
    """Return a source's name with whose it is: ``Mail (Adams, Alice; Brown, Bob)``."""
    whose = "; ".join(custodians)
    return f"{name} ({whose})" if whose else name
