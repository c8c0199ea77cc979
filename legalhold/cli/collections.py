"""How a collection is said as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from legalhold.review.models import Collection


def collection_data(collection: Collection) -> dict[str, Any]:
    """Return a collection as data."""
    return {
        "key": collection.key,
        "name": collection.name,
        "matter": collection.matter.key,
        "description": collection.description,
        "state": collection.state,
        "items": collection.items,
        "size_bytes": collection.size_bytes,
        "frozen_at": collection.frozen_at,
        "frozen_by": collection.frozen_by,
    }
