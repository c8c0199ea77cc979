"""The search language: text to a tree of conditions. Knows no table; what it can't read is an error, never a literal."""

from legalhold.review.grammar.nodes import (
    And,
    CustodianIs,
    Dated,
    Everything,
    Field,
    HasAttachment,
    KindIs,
    Node,
    Not,
    Or,
    Sent,
    SourceIs,
    Words,
)
from legalhold.review.grammar.parser import parse_query
from legalhold.review.grammar.tokens import QueryUnreadable
from legalhold.review.grammar.words import split_words

__all__ = [
    "And",
    "CustodianIs",
    "Dated",
    "Everything",
    "Field",
    "HasAttachment",
    "KindIs",
    "Node",
    "Not",
    "Or",
    "QueryUnreadable",
    "Sent",
    "SourceIs",
    "Words",
    "parse_query",
    "split_words",
]
