"""What items say of themselves, as rows for search and load files: derived, rebuildable, destroyed with their content."""

from legalhold.catalog.facts.filling import KINDS_WITH_FACTS, TELLING_KINDS, digests_with_facts, facts_row, insert_facts

__all__ = ["KINDS_WITH_FACTS", "TELLING_KINDS", "digests_with_facts", "facts_row", "insert_facts"]
