"""Generated documents: merged selections, fragments, conditions, arguments in every form, and their variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

from tests.engine.choices import Choices
from tests.engine.schemas import Universe


@dataclass
class Document:
    """A text with the variables for it."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    head: str = ""

    def twin(self, number: int) -> Document:
        """A text that was never seen before and selects the same, but for one root field."""
        body = self.text.removeprefix(self.head).removeprefix(" {")
        return Document(f"{self.head} {{ twin{number}: __typename {body}", self.variables, self.head)


class Writer:
    """Writes one document."""

    def __init__(self, choices: Choices, universe: Universe) -> None:
        self.choices = choices
        self.schema = universe.schema
        self.definitions: dict[str, tuple[str, Any]] = {}
        self.variables: dict[str, Any] = {}
        self.fragments: list[str] = []
        self.arguments: dict[tuple[str, int], str] = {}
        self.budget = 22

    def document(self) -> Document:
        choices = self.choices
        kind = choices.one(["query", "query", "query", "mutation"])
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        body = self.selection(root, 0)
        definitions = ", ".join(f"${name}: {text}" for name, (text, _) in self.definitions.items())
        head = f"{kind} Q" + (f"({definitions})" if definitions else "")
        return Document(f"{head} {body}\n" + "\n".join(self.fragments), self.variables, head)

    def selection(self, type_: Any, depth: int) -> str:
        choices = self.choices
        parts = [self.part(type_, depth) for _ in range(choices.number(1, 4 if depth < 2 else 2))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: Any, depth: int) -> str:
        choices = self.choices
        kind = choices.number(0, 19)
        if kind >= 18 and depth < 4:
            return self.fragment(type_, depth)
        if kind >= 15 and depth < 4:
            target = self.narrowed(type_)
            condition = f" on {target.name}" if target is not type_ or choices.chance(50) else ""
            return f"...{condition}{self.condition()} {self.selection(target, depth + 1)}"
        fields = getattr(type_, "fields", {})
        if kind == 14 or not fields:
            return choices.one(["__typename", "t: __typename"]) + self.condition()
        return self.field(type_, choices.one(sorted(fields)), depth)

    def narrowed(self, type_: Any) -> Any:
        """A type whose condition may stand inside that type."""
        options = [type_]
        if is_abstract_type(type_):
            options += self.schema.get_possible_types(type_)
        elif is_object_type(type_):
            options += type_.interfaces
        return self.choices.one(options)

    def fragment(self, type_: Any, depth: int) -> str:
        target = self.narrowed(type_)
        name = f"F{len(self.fragments)}"
        self.fragments.append("")
        place = len(self.fragments) - 1
        self.fragments[place] = f"fragment {name} on {target.name} {self.selection(target, depth + 1)}"
        spread = f"...{name}{self.condition()}"
        return f"{spread} ...{name}" if self.choices.chance(20) else spread

    def field(self, type_: Any, name: str, depth: int) -> str:
        choices = self.choices
        definition = type_.fields[name]
        named = get_named_type(definition.type)
        if not is_leaf_type(named) and (depth >= 4 or self.budget <= 0):
            return "__typename"
        self.budget -= 1
        version = choices.number(0, 1) if definition.args else 0
        key = (name, version)
        if key not in self.arguments:
            self.arguments[key] = self.argument_text(definition)
        alias = f"{name}v{version}: " if version or choices.chance(15) else ""
        if alias and not version:
            alias = f"z{name}: "
        text = f"{alias}{name}{self.arguments[key]}{self.condition()}"
        return text if is_leaf_type(named) else f"{text} {self.selection(named, depth + 1)}"

    def condition(self) -> str:
        choices = self.choices
        if not choices.chance(12):
            return ""
        parts = []
        for name in choices.one([["skip"], ["include"], ["skip", "include"]]):
            if choices.chance(40):
                value = choices.one(["true", "false"])
            else:
                value = self.variable("Boolean!", choices.chance(50), choices.one(["c1", "c2"]))
            parts.append(f" @{name}(if: {value})")
        return "".join(parts)

    def argument_text(self, definition: Any) -> str:
        parts = []
        for name, argument in definition.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is not None
            if required or self.choices.chance(70):
                parts.append(f"{name}: {self.input_text(argument.type, 0)}")
        return f"({', '.join(parts)})" if parts else ""

    def input_text(self, type_: Any, depth: int) -> str:
        choices = self.choices
        if choices.chance(35):
            return self.variable(str(type_), self.input_value(type_, depth))
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif choices.chance(10):
            return "null"
        if isinstance(type_, GraphQLList):
            if choices.chance(20):
                return self.input_text(type_.of_type, depth)
            return "[" + ", ".join(self.input_text(type_.of_type, depth) for _ in range(choices.number(0, 2))) + "]"
        if isinstance(type_, GraphQLInputObjectType):
            return self.object_text(type_, depth)
        if isinstance(type_, GraphQLEnumType):
            return choices.one(sorted(type_.values))
        return choices.one(
            {
                "Int": ["1", "0", "-7"],
                "Float": ["1", "2.5", "-1e3"],
                "String": ['"a"', '"\\u00e9\\n"', '"""block"""'],
                "ID": ['"x"', "5"],
                "Boolean": ["true", "false"],
            }.get(type_.name, ["1", '"s"', "[1, {a: 2}]", "{a: [true]}"])
        )

    def object_text(self, type_: GraphQLInputObjectType, depth: int) -> str:
        names = sorted(type_.fields)
        if type_.is_one_of:
            name = self.choices.one(names)
            field_type = type_.fields[name].type
            return f"{{{name}: {self.input_text(GraphQLNonNull(field_type), depth + 1)}}}"
        parts = []
        for name in names:
            item = type_.fields[name]
            required = isinstance(item.type, GraphQLNonNull)
            if required or (depth < 3 and self.choices.chance(50)):
                parts.append(f"{name}: {self.input_text(item.type, depth + 1)}")
        return "{" + ", ".join(parts) + "}"

    def input_value(self, type_: Any, depth: int) -> Any:
        """A JSON value for the type; now and then one that does not fit."""
        choices = self.choices
        if choices.chance(2):
            return choices.one([None, "wrong", 5, 2**40, [1], {"a": 1}, 1.5, True])
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif choices.chance(12):
            return None
        if isinstance(type_, GraphQLList):
            if choices.chance(10):
                return self.input_value(type_.of_type, depth)
            return [self.input_value(type_.of_type, depth) for _ in range(choices.number(0, 2))]
        if isinstance(type_, GraphQLInputObjectType):
            names = sorted(type_.fields)
            if type_.is_one_of:
                name = choices.one(names)
                return {name: self.input_value(GraphQLNonNull(type_.fields[name].type), depth + 1)}
            chosen = [
                name
                for name in names
                if isinstance(type_.fields[name].type, GraphQLNonNull) or (depth < 3 and choices.chance(50))
            ]
            return {name: self.input_value(type_.fields[name].type, depth + 1) for name in chosen}
        if isinstance(type_, GraphQLEnumType):
            return choices.one(sorted(type_.values))
        usual: dict[str, list[Any]] = {
            "Int": [1, 0, -7, 3.0],
            "Float": [1, 2.5, -1000.0],
            "String": ["a", "\u00e9\n", ""],
            "ID": ["x", 5],
            "Boolean": [True, False],
        }
        return choices.one(usual.get(type_.name, [1, "s", [1, {"a": 2}], {"a": [True]}]))

    def variable(self, type_text: str, value: Any, name: str | None = None) -> str:
        choices = self.choices
        if name is None:
            name = f"v{len(self.definitions)}"
        if name not in self.definitions:
            default = ""
            if type_text == "Boolean!" and choices.chance(30):
                type_text, default = choices.one([("Boolean!", " = true"), ("Boolean", " = false")])
            elif type_text == "Int" and choices.chance(30):
                default = " = 9"
            self.definitions[name] = (type_text + default, value)
            if not choices.chance(8):
                self.variables[name] = value
        return f"${name}"


def write(choices: Choices, universe: Universe) -> Document:
    """One document; it may still be refused by validation."""
    return Writer(choices, universe).document()
