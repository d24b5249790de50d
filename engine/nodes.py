"""Syntax nodes that cost little to make: graphql-core's own kinds, whose places in the text are found when asked for.

A node knows the numbers of its first and last token. Only an error asks for a location; then graphql-core's lexer reads
the text once and gives the tokens, so that every location is the one that its parser would have made.
"""

from __future__ import annotations

from typing import Any

from graphql import Lexer, Source, TokenKind
from graphql.language import Location, Token, ast


class Text:
    """The text of one document; its tokens are read by graphql-core's lexer when the first location is asked for.

    `words` are the tokens as they are written, without comments.
    """

    __slots__ = ("_source", "_tokens", "body", "words")

    def __init__(self, body: str, words: list[str]) -> None:
        self.body = body
        self.words = words
        self._source: Source | None = None
        self._tokens: list[Token] = []

    def location(self, first: int, last: int) -> Location:
        """From the first to the last token of a node, both counted without comments; -1 is the text's beginning."""
        if self._source is None:
            self._source = Source(self.body)
            lexer = Lexer(self._source)
            self._tokens = [lexer.token]
            while lexer.token.kind is not TokenKind.EOF:
                self._tokens.append(lexer.advance())
        return Location(self._tokens[first + 1], self._tokens[last + 1], self._source)


class _Lazy:
    """The location of a node, made when it is first asked for."""

    def __get__(self, node: Any, owner: Any) -> Location | None:
        if node is None:
            return None
        found: Location = node.text.location(node.first, node.last)
        node.loc = found
        return found


class Light:
    """Takes back that nodes are frozen, which would make every attribute of a new node a call."""

    loc: Any = _Lazy()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


def _light(kind: type[ast.Node], *names: str) -> Any:
    """The function that makes nodes of that kind from the text, the first and the last token, and these attributes."""
    cls = type(kind.__name__, (Light, kind), {"__doc__": kind.__doc__, "__module__": __name__})
    given = ("text", "first", "last", *names)
    # Printing reads a node's dictionary: whatever has a default must stand there, but for the location.
    rest = [name for name in kind.keys if name not in given and name != "loc"]
    lines = [f"def make({', '.join(given)}):", "    node = new(cls)", *(f"    node.{name} = {name}" for name in given)]
    lines += [*(f"    node.{name} = None" for name in rest), "    return node"]
    made: dict[str, Any] = {"new": object.__new__, "cls": cls}
    exec("\n".join(lines), made)
    return made["make"]


Argument = _light(ast.ArgumentNode, "name", "value")
BooleanValue = _light(ast.BooleanValueNode, "value")
Directive = _light(ast.DirectiveNode, "name", "arguments")
Document = _light(ast.DocumentNode, "definitions", "token_count")
EnumValue = _light(ast.EnumValueNode, "value")
Field = _light(ast.FieldNode, "alias", "name", "arguments", "directives", "selection_set")
FloatValue = _light(ast.FloatValueNode, "value")
FragmentDefinition = _light(
    ast.FragmentDefinitionNode, "name", "variable_definitions", "type_condition", "directives", "selection_set"
)
FragmentSpread = _light(ast.FragmentSpreadNode, "name", "directives")
InlineFragment = _light(ast.InlineFragmentNode, "type_condition", "directives", "selection_set")
IntValue = _light(ast.IntValueNode, "value")
ListType = _light(ast.ListTypeNode, "type")
ListValue = _light(ast.ListValueNode, "values")
Name = _light(ast.NameNode, "value")
NamedType = _light(ast.NamedTypeNode, "name")
NonNullType = _light(ast.NonNullTypeNode, "type")
NullValue = _light(ast.NullValueNode)
ObjectField = _light(ast.ObjectFieldNode, "name", "value")
ObjectValue = _light(ast.ObjectValueNode, "fields")
OperationDefinition = _light(
    ast.OperationDefinitionNode, "operation", "name", "variable_definitions", "directives", "selection_set"
)
SelectionSet = _light(ast.SelectionSetNode, "selections")
StringValue = _light(ast.StringValueNode, "value", "block")
Variable = _light(ast.VariableNode, "name")
VariableDefinition = _light(ast.VariableDefinitionNode, "variable", "type", "default_value", "directives")

_new: Any = object.__new__
_NAME: Any = type(Name(None, 0, 0, ""))
_FIELD: Any = type(Field(None, 0, 0, None, None, None, None, None))


def leaf(text: Text, at: int, word: str) -> Any:
    """A field that is one word: its name and itself in one call, because most nodes of most documents are these."""
    name = _new(_NAME)
    name.text = text
    name.first = name.last = at
    name.value = word
    node = _new(_FIELD)
    node.text = text
    node.first = node.last = at
    node.name = name
    node.alias = node.arguments = node.directives = node.selection_set = None
    return node
