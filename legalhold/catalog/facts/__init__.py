"""What items say of themselves, as rows for search and load files: derived, rebuildable, destroyed with their content."""

from legalhold.catalog.facts.filling import facts_row, insert_facts

__all__ = ["facts_row", "insert_facts"]
