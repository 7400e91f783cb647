"""The grammar of partition expressions."""

from __future__ import annotations

import functools
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.predicate_tree import (
    And,
    Between,
    Compare,
    Expr,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
)

_GRAMMAR = r"""
?start: any
?any: all (_OR all)*
?all: one (_AND one)*
?one: _NOT one -> negation
    | "(" any ")"
    | key SIGN literal -> compare
    | literal SIGN key -> compare_turned
    | key _IN "(" literal ("," literal)* ")" -> among
    | key _NOT _IN "(" literal ("," literal)* ")" -> not_among
    | key _BETWEEN literal _AND literal -> between
    | key _NOT _BETWEEN literal _AND literal -> not_between
    | key _LIKE literal -> like
    | key _NOT _LIKE literal -> not_like
    | key _IS _NULL -> is_null
    | key _IS _NOT _NULL -> is_not_null
?key: NAME -> plain_name
    | QUOTED_NAME -> quoted_name
    | "(" key ")"
?literal: NUMBER -> number
    | text
    | _TYPE text
    | "{" _ESCAPE text "}"
    | "(" literal ")"
text: TEXT

_AND.2: /and\b/i
_OR.2: /or\b/i
_NOT.2: /not\b/i
_IN.2: /in\b/i
_BETWEEN.2: /between\b/i
_LIKE.2: /like\b/i
_IS.2: /is\b/i
_NULL.2: /null\b/i
_TYPE.3: /(?:string|int|integer|bigint|decimal|date|timestamp)(?=\s*')/i
_ESCAPE.3: /(?:d|ts)(?=\s*')/i
SIGN: "=" | "<>" | "!=" | "<=" | ">=" | "<" | ">"
NAME: /[^\W\d][\w.$]*/
QUOTED_NAME: /`(?:[^`]|``)+`/ | /"(?:[^"]|"")+"/
NUMBER: /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/
TEXT: /'(?:[^']|'')*'/
%ignore /\s+/
"""
_SHOWN_CHARACTERS = 500
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def parse(text: str) -> Expr:
    """Return the tree of a text.

    Raises:
        InvalidInputError: The text is not an expression.
    """
    try:
        found: Any = _parser().parse(text)
    except UnexpectedInput as error:
        shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        place = error.pos_in_stream or 0
        where = "its end" if ended else repr(text[place : place + 20])
        raise InvalidInputError(f"Unsupported expression '{shown}' (at {where})") from error
    tree: Expr = found
    return tree


@functools.cache
def _parser() -> Lark:
    # The tree is built while parsing, so that deep input meets no recursion here.
    return Lark(_GRAMMAR, parser="lalr", transformer=_Builder())


@v_args(inline=True)
class _Builder(Transformer[Token, Expr]):
    def any(self, *items: Expr) -> Expr:
        return Or(_flat(items, Or))

    def all(self, *items: Expr) -> Expr:
        return And(_flat(items, And))

    def negation(self, item: Expr) -> Expr:
        return Not(item)

    def compare(self, key: str, sign: Token, value: Literal) -> Expr:
        return Compare(key, "<>" if sign == "!=" else str(sign), value)

    def compare_turned(self, value: Literal, sign: Token, key: str) -> Expr:
        return self.compare(key, Token("SIGN", _TURNED.get(sign, sign)), value)

    def among(self, key: str, *values: Literal) -> Expr:
        return In(key, values)

    def not_among(self, key: str, *values: Literal) -> Expr:
        return Not(In(key, values))

    def between(self, key: str, low: Literal, high: Literal) -> Expr:
        return Between(key, low, high)

    def not_between(self, key: str, low: Literal, high: Literal) -> Expr:
        return Not(Between(key, low, high))

    def like(self, key: str, pattern: Literal) -> Expr:
        return Like(key, pattern)

    def not_like(self, key: str, pattern: Literal) -> Expr:
        return Not(Like(key, pattern))

    def is_null(self, key: str) -> Expr:
        return IsNull(key)

    def is_not_null(self, key: str) -> Expr:
        return Not(IsNull(key))

    def plain_name(self, name: Token) -> str:
        return str(name)

    def quoted_name(self, name: Token) -> str:
        mark = name[0]
        return name[1:-1].replace(mark * 2, mark)

    def number(self, number: Token) -> Literal:
        return Literal(str(number), quoted=False)

    def text(self, text: Token) -> Literal:
        return Literal(text[1:-1].replace("''", "'"), quoted=True)


def _flat(items: tuple[Expr, ...], kind: type[And | Or]) -> tuple[Expr, ...]:
    """Return the items, those of nested groups of the same kind among them."""
    flat: list[Expr] = []
    for item in items:
        flat.extend(item.items if isinstance(item, kind) else (item,))
    return tuple(flat)
