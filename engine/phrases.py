"""The smaller parts of a document: tokens, names, values, types, arguments and directives.

Methods take the number of a node's first token and give the node, whose last token says where to go on.
"""

from __future__ import annotations

import re
from typing import Any

from engine import nodes
from engine.nodes import Text

_TOKENS = re.compile(
    r"""[ \t\n\r,\ufeff]*+(
        [_A-Za-z][_0-9A-Za-z]*+
        | [{}():!$@=\[\]|&]
        | \.\.\.
        | "[^"\\\n\r\ud800-\udfff]++" | ""(?!")
        | -?[0-9][-+.0-9A-Za-z_]*+
        | \#[^\n\r\ud800-\udfff]*+
        | \Z
        | .
    )""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile("-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
DEEPEST = 50
"""Nesting that the fast parser follows; graphql-core follows 200 levels."""


class Unusual(Exception):
    """The text is left to graphql-core."""


class Phrases:
    """The tokens of one text, and what is read from them; raises `Unusual` for everything that is not simple."""

    def __init__(self, source: str, max_tokens: int | None) -> None:
        tokens = _TOKENS.findall(source)
        # Empty tokens at the end say that the text is over; blanks before the end make them two.
        count = tokens.index("")
        if max_tokens is not None and count > max_tokens:
            raise Unusual
        if "#" in source:
            tokens = [token for token in tokens if token[:1] != "#"]
        if not source.isascii() and not all(token.isascii() or token[0] == '"' for token in tokens):
            raise Unusual
        self._count = count
        self._text = Text(source, tokens)
        self._tokens: list[str] = tokens

    def _name(self, at: int) -> Any:
        token = self._tokens[at]
        if not token.isidentifier():
            raise Unusual
        return nodes.Name(self._text, at, at, token)

    def _named_type(self, at: int) -> Any:
        return nodes.NamedType(self._text, at, at, self._name(at))

    def _arguments(self, at: int, constant: bool) -> tuple[Any, ...]:
        """From the opening parenthesis on; the closing one comes after the last argument."""
        tokens = self._tokens
        found = []
        at += 1
        while True:
            name = self._name(at)
            if tokens[at + 1] != ":":
                raise Unusual
            value = self._value(at + 2, constant, 0)
            found.append(nodes.Argument(self._text, at, value.last, name, value))
            at = value.last + 1
            if tokens[at] == ")":
                return tuple(found)

    def _directives(self, at: int, constant: bool) -> tuple[Any, ...]:
        tokens = self._tokens
        found = []
        while tokens[at] == "@":
            name = self._name(at + 1)
            last, arguments = at + 1, None
            if tokens[at + 2] == "(":
                arguments = self._arguments(at + 2, constant)
                last = arguments[-1].last + 1
            found.append(nodes.Directive(self._text, at, last, name, arguments))
            at = last + 1
        return tuple(found)

    def _variable(self, at: int) -> Any:
        if self._tokens[at] != "$":
            raise Unusual
        return nodes.Variable(self._text, at, at + 1, self._name(at + 1))

    def _type(self, at: int, depth: int) -> Any:
        tokens = self._tokens
        if tokens[at] == "[":
            if depth > DEEPEST:
                raise Unusual
            inner = self._type(at + 1, depth + 1)
            if tokens[inner.last + 1] != "]":
                raise Unusual
            found = nodes.ListType(self._text, at, inner.last + 1, inner)
        else:
            found = self._named_type(at)
        if tokens[found.last + 1] == "!":
            return nodes.NonNullType(self._text, at, found.last + 1, found)
        return found

    def _value(self, at: int, constant: bool, depth: int) -> Any:
        token, text = self._tokens[at], self._text
        if token == "$" and not constant:
            return self._variable(at)
        if token.isidentifier():
            if token == "true" or token == "false":
                return nodes.BooleanValue(text, at, at, token == "true")
            return nodes.NullValue(text, at, at) if token == "null" else nodes.EnumValue(text, at, at, token)
        if len(token) > 1 and token[0] == '"':
            return nodes.StringValue(text, at, at, token[1:-1], False)
        if token == "[" or token == "{":
            if depth > DEEPEST:
                raise Unusual
            return (self._list if token == "[" else self._object)(at, constant, depth)
        return self._number(at)

    def _list(self, first: int, constant: bool, depth: int) -> Any:
        tokens = self._tokens
        found = []
        at = first + 1
        while tokens[at] != "]":
            value = self._value(at, constant, depth + 1)
            found.append(value)
            at = value.last + 1
        return nodes.ListValue(self._text, first, at, tuple(found))

    def _object(self, first: int, constant: bool, depth: int) -> Any:
        tokens = self._tokens
        found = []
        at = first + 1
        while tokens[at] != "}":
            name = self._name(at)
            if tokens[at + 1] != ":":
                raise Unusual
            value = self._value(at + 2, constant, depth + 1)
            found.append(nodes.ObjectField(self._text, at, value.last, name, value))
            at = value.last + 1
        return nodes.ObjectValue(self._text, first, at, tuple(found))

    def _number(self, at: int) -> Any:
        token = self._tokens[at]
        if _INTEGER.fullmatch(token):
            return nodes.IntValue(self._text, at, at, token)
        if _FLOAT.fullmatch(token):
            return nodes.FloatValue(self._text, at, at, token)
        raise Unusual
