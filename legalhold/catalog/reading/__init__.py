"""Reading what is preserved: what a snapshot showed, and the bytes of contents. Asks nobody's permission: rooms above do."""

from legalhold.catalog.reading.bytes_of import ContentDamaged, ContentUnknown, open_content
from legalhold.catalog.reading.listings import ShownVersion, listing, shown_versions
from legalhold.catalog.reading.suspects import suspect_contents

__all__ = [
    "ContentDamaged",
    "ContentUnknown",
    "ShownVersion",
    "listing",
    "open_content",
    "shown_versions",
    "suspect_contents",
]
