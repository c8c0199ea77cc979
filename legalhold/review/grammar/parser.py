"""Reads a query: NOT binds closest, then AND (which may be left out), then OR; parentheses group."""

from datetime import tzinfo

from legalhold.review.grammar.fields import read_field
from legalhold.review.grammar.nodes import And, Everything, Field, Node, Not, Or, Words
from legalhold.review.grammar.tokens import QueryUnreadable, Token, read_tokens
from legalhold.review.grammar.words import split_words

MAX_LENGTH = 10_000
MAX_DEPTH = 50


def parse_query(*, text: str, zone: tzinfo) -> Node:
    """Return the condition that ``text`` states; days begin at midnight in ``zone``. Raises ``QueryUnreadable``."""
    if len(text) > MAX_LENGTH:
        raise QueryUnreadable(f"the query has {len(text)} characters; write at most {MAX_LENGTH}", column=MAX_LENGTH)
    parser = _Parser(read_tokens(text), zone, end=len(text) + 1)
    if not parser.tokens:
        raise QueryUnreadable("the query is empty; write * to find everything", column=1)
    node = parser.either()
    parser.require_end()
    return node


class _Parser:
    def __init__(self, tokens: list[Token], zone: tzinfo, end: int) -> None:
        self.tokens, self.zone, self.end = tokens, zone, end
        self.at = 0
        self.depth = 0

    def either(self) -> Node:
        nodes = [self.all()]
        while self.take_operator("OR"):
            nodes.append(self.all())
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def all(self) -> Node:
        nodes = [self.negated()]
        while self.take_operator("AND") or self.is_at_condition():
            nodes.append(self.negated())
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def negated(self) -> Node:
        is_negated = False
        while self.take_operator("NOT"):
            is_negated = not is_negated
        node = self.condition()
        return Not(node) if is_negated else node

    def condition(self) -> Node:
        token = self.next("a word, a phrase in quotes or field:value is missing here")
        if token.kind == "open":
            return self.group(token)
        if token.kind == "field":
            return self.fielded(token)
        if token.kind in {"operator", "close"}:
            raise QueryUnreadable(f"{token.text} needs a condition before it", column=token.column)
        return words_in(Field.ANY, token)

    def group(self, opened: Token) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryUnreadable(f"parentheses stand more than {MAX_DEPTH} deep", column=opened.column)
        node = self.either()
        self.depth -= 1
        # What follows a condition is its end, an operator or ")"; operators were taken with it.
        self.next("the parenthesis is never closed", column=opened.column)
        return node

    def fielded(self, field: Token) -> Node:
        value = self.next(f"{field.text}: needs a value right after the colon")
        if value.kind not in {"word", "phrase"}:
            raise QueryUnreadable(f"{field.text}: needs a value right after the colon", column=value.column)
        if field.text in set(Field) - {Field.ANY}:
            return words_in(Field(field.text), value)
        return read_field(field=field, value=value, zone=self.zone)

    def is_at_condition(self) -> bool:
        if self.at == len(self.tokens):
            return False
        token = self.tokens[self.at]
        return token.kind != "close" and (token.kind != "operator" or token.text == "NOT")

    def take_operator(self, name: str) -> bool:
        is_next = (
            self.at < len(self.tokens) and self.tokens[self.at].kind == "operator" and self.tokens[self.at].text == name
        )
        self.at += is_next
        return is_next

    def next(self, missing: str, *, column: int | None = None) -> Token:
        if self.at == len(self.tokens):
            raise QueryUnreadable(missing, column=column or self.end)
        self.at += 1
        return self.tokens[self.at - 1]

    def require_end(self) -> None:
        if self.at < len(self.tokens):
            raise QueryUnreadable("this parenthesis was never opened", column=self.tokens[self.at].column)


def words_in(field: Field, token: Token) -> Node:
    """Return the condition that a word, a begun word (``fore*``) or a phrase stands in a field."""
    if token.kind == "word" and token.text == "*" and field == Field.ANY:
        return Everything()
    text, is_prefix = (
        (token.text[:-1], True) if token.kind == "word" and token.text.endswith("*") else (token.text, False)
    )
    if token.kind == "word" and "*" in text:
        raise QueryUnreadable("* stands only at the end of a word", column=token.column + token.text.index("*"))
    words = tuple(split_words(text))
    if not words:
        raise QueryUnreadable(f"{token.text!r} has no letter or digit to look for", column=token.column)
    return Words(field, words, is_prefix)
