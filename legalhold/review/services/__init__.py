"""What review does: searching beyond matters, and freezing collections."""

from legalhold.review.services.collecting import (
    CollectionNameTaken,
    NothingFound,
    collect,
    collect_hold,
    describe_hold,
    forget_interrupted,
)
from legalhold.review.services.unheld import search_everything

__all__ = [
    "CollectionNameTaken",
    "NothingFound",
    "collect",
    "collect_hold",
    "describe_hold",
    "forget_interrupted",
    "search_everything",
]
