"""What a query's custodians and sources mean, among those that whoever asks may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.catalog.models import Source, SourceCustodian
from legalhold.custodians.models import Custodian
from legalhold.review.compiling import Names
from legalhold.review.grammar import QueryUnreadable, split_words
from legalhold.review.scope import windows_of_custodians

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from legalhold.review.grammar import CustodianIs, SourceIs
    from legalhold.review.scope import Window


def names_within(*, windows: Collection[Window] | None) -> Names:
    """Return how names are understood within these windows; among everything where ``windows`` is None."""

    def windows_of(node: CustodianIs) -> Iterable[Window]:
        known = {window.custodian_id for window in windows} if windows is not None else None
        found = _custodians(node, known)
        if windows is None:
            return windows_of_custodians(custodians=found)
        return [window for window in windows if window.custodian_id in found]

    def sources_of(node: SourceIs) -> Iterable[int]:
        known = {window.source_id for window in windows} if windows is not None else None
        return _sources(node, known)

    return Names(windows_of=windows_of, sources_of=sources_of)


def _custodians(node: CustodianIs, known: set[int] | None) -> set[int]:
    """Find custodians by key, employee id or address; else by words of their name."""
    people = Custodian.objects.all() if known is None else Custodian.objects.filter(pk__in=known)
    text = node.text.strip()
    by_address = people.filter(addresses__address=text.lower())
    exact = {*people.filter(employee_id=text).values_list("pk", flat=True), *by_address.values_list("pk", flat=True)}
    found = exact or _named(people.values_list("pk", "name"), text)
    if not found:
        raise QueryUnreadable(
            f"no custodian {'of this matter ' if known is not None else ''}is {text!r}; give an address, an employee id or a name",
            column=node.column,
        )
    return found


def _sources(node: SourceIs, known: set[int] | None) -> list[int]:
    sources = Source.objects.all() if known is None else Source.objects.filter(pk__in=known)
    found = _named(sources.values_list("pk", "name"), node.text)
    if not found:
        raise QueryUnreadable(
            f"no source {'of this matter ' if known is not None else ''}is called {node.text!r}", column=node.column
        )
    return sorted(found)


def _named(rows: Iterable[tuple[int, str]], text: str) -> set[int]:
    wanted = f" {' '.join(split_words(text))} "
    return {pk for pk, name in rows if wanted.strip() and wanted in f" {' '.join(split_words(name))} "}


def owners_of(*, sources: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the custodians each source ever belonged to."""
    owners: dict[int, list[str]] = {}
    found = SourceCustodian.objects.filter(source_id__in=sources).order_by("custodian__name")
    for source, name in found.values_list("source_id", "custodian__name"):
        if name not in owners.setdefault(source, []):
            owners[source].append(name)
    return owners
