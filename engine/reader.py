"""Reading documents: a fast parser for what clients usually write, and graphql-core's for all else.

The fast one only ever accepts. Syntax errors, descriptions, type definitions, block strings, escapes, very deep nesting
and too many tokens make it give up, and graphql-core reads the text from its beginning. So every error is
graphql-core's own, and what is accepted becomes the tree that graphql-core makes of it.
"""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, OperationType, parse

from engine import nodes
from engine.phrases import DEEPEST, Phrases, Unusual

_GOES_ON = frozenset(":(@{")
"""What may follow the first word of a field and belongs to it."""
_OPERATIONS = {one.value: one for one in OperationType}


def read(source: str, max_tokens: int | None) -> DocumentNode:
    """The document; raises graphql-core's GraphQLError for a text that is none, or has more tokens than allowed."""
    try:
        return _Parser(source, max_tokens).document()
    except Unusual:
        return parse(source, max_tokens=max_tokens)


class _Parser(Phrases):
    """Reads definitions and selections."""

    def document(self) -> DocumentNode:
        """The whole text."""
        tokens = self._tokens
        definitions = []
        at = 0
        while tokens[at] or not at:
            definition = self._definition(at)
            definitions.append(definition)
            at = definition.last + 1
        found: DocumentNode = nodes.Document(self._text, -1, at, tuple(definitions), self._count)
        return found

    def _definition(self, at: int) -> Any:
        token = self._tokens[at]
        if token == "{":
            below = self._selection_set(at, 0)
            return nodes.OperationDefinition(self._text, at, below.last, OperationType.QUERY, None, None, None, below)
        operation = _OPERATIONS.get(token)
        if operation is not None:
            return self._operation(at, operation)
        if token == "fragment":
            return self._fragment(at)
        raise Unusual

    def _operation(self, first: int, operation: OperationType) -> Any:
        at = first + 1
        name = variables = directives = None
        if self._tokens[at].isidentifier():
            name = self._name(at)
            at += 1
        if self._tokens[at] == "(":
            variables = self._variables(at)
            at = variables[-1].last + 2
        if self._tokens[at] == "@":
            directives = self._directives(at, False)
            at = directives[-1].last + 1
        below = self._selection_set(at, 0)
        return nodes.OperationDefinition(self._text, first, below.last, operation, name, variables, directives, below)

    def _fragment(self, first: int) -> Any:
        name = self._fragment_name(first + 1)
        if self._tokens[first + 2] != "on":
            raise Unusual
        condition = self._named_type(first + 3)
        at = first + 4
        directives = None
        if self._tokens[at] == "@":
            directives = self._directives(at, False)
            at = directives[-1].last + 1
        below = self._selection_set(at, 0)
        return nodes.FragmentDefinition(self._text, first, below.last, name, (), condition, directives, below)

    def _fragment_name(self, at: int) -> Any:
        if self._tokens[at] == "on":
            raise Unusual
        return self._name(at)

    def _selection_set(self, first: int, depth: int) -> Any:
        tokens, text = self._tokens, self._text
        if tokens[first] != "{" or depth > DEEPEST:
            raise Unusual
        selections: list[Any] = []
        at = first + 1
        while True:
            token = tokens[at]
            if token.isidentifier():
                alone = tokens[at + 1] not in _GOES_ON
                selection = nodes.leaf(text, at, token) if alone else self._field(at, token, depth)
            elif token == "}":
                return nodes.SelectionSet(text, first, at, tuple(selections))
            else:
                selection = self._spread(at, depth)
            selections.append(selection)
            at = selection.last + 1

    def _field(self, first: int, token: str, depth: int) -> Any:
        tokens, text = self._tokens, self._text
        name = nodes.Name(text, first, first, token)
        alias = arguments = directives = below = None
        at = first + 1
        token = tokens[at]
        if token == ":":
            alias, name = name, self._name(at + 1)
            at += 2
            token = tokens[at]
        if token == "(":
            arguments = self._arguments(at, False)
            at = arguments[-1].last + 2
            token = tokens[at]
        if token == "@":
            directives = self._directives(at, False)
            at = directives[-1].last + 1
            token = tokens[at]
        if token == "{":
            below = self._selection_set(at, depth + 1)
            at = below.last + 1
        return nodes.Field(text, first, at - 1, alias, name, arguments, directives, below)

    def _spread(self, first: int, depth: int) -> Any:
        tokens = self._tokens
        if tokens[first] != "...":
            raise Unusual
        at = first + 1
        condition = directives = None
        named = tokens[at].isidentifier() and tokens[at] != "on"
        if named:
            name = self._name(at)
            at += 1
        elif tokens[at] == "on":
            condition = self._named_type(at + 1)
            at += 2
        if tokens[at] == "@":
            directives = self._directives(at, False)
            at = directives[-1].last + 1
        if named:
            return nodes.FragmentSpread(self._text, first, at - 1, name, directives)
        below = self._selection_set(at, depth + 1)
        return nodes.InlineFragment(self._text, first, below.last, condition, directives, below)

    def _variables(self, at: int) -> tuple[Any, ...]:
        """From the opening parenthesis on; the closing one comes after the last definition."""
        tokens = self._tokens
        found = []
        at += 1
        while True:
            variable = self._variable(at)
            if tokens[at + 2] != ":":
                raise Unusual
            type_ = self._type(at + 3, 0)
            last = type_.last
            default = directives = None
            if tokens[last + 1] == "=":
                default = self._value(last + 2, True, 0)
                last = default.last
            if tokens[last + 1] == "@":
                directives = self._directives(last + 1, True)
                last = directives[-1].last
            found.append(nodes.VariableDefinition(self._text, at, last, variable, type_, default, directives))
            at = last + 1
            if tokens[at] == ")":
                return tuple(found)
