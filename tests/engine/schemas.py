"""Generated schemas: every kind of field, guards, memoised types, abstract types that resolve in every way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    specified_scalar_types,
)

from engine import FIELD, GUARD, MEMO, Attribute, Batched, Direct, Memo, Pure
from engine.batching import Turn
from tests.engine.choices import Choices
from tests.engine.values import Colour, Context, Record, World


def _odd(value: Any) -> Any:
    if value == "bad":
        raise ValueError("bad cannot be written")
    return None if value == 0 else value


ODD = GraphQLScalarType("Odd", serialize=_odd)
COLOUR = GraphQLEnumType("Colour", Colour)
LEVEL = GraphQLEnumType(
    "Level", {"LOW": GraphQLEnumValue(1), "HIGH": GraphQLEnumValue("h"), "LIST": GraphQLEnumValue([1])}
)
INNER = GraphQLInputObjectType(
    "Inner",
    {
        "text": GraphQLInputField(GraphQLNonNull(specified_scalar_types["String"])),
        "level": GraphQLInputField(LEVEL, default_value=1, out_name="the_level"),
    },
)
FILTER = GraphQLInputObjectType(
    "Filter",
    lambda: {
        "count": GraphQLInputField(specified_scalar_types["Int"], default_value=3),
        "inner": GraphQLInputField(INNER),
        "colours": GraphQLInputField(GraphQLList(GraphQLNonNull(COLOUR))),
    },
)
CHOICE = GraphQLInputObjectType(
    "Choice",
    {"a": GraphQLInputField(specified_scalar_types["Int"]), "b": GraphQLInputField(specified_scalar_types["ID"])},
    is_one_of=True,
)
DEEP: GraphQLInputObjectType = GraphQLInputObjectType(
    "Deep", lambda: {"more": GraphQLInputField(DEEP), "n": GraphQLInputField(specified_scalar_types["Float"])}
)
LEAVES: list[Any] = [*specified_scalar_types.values(), ODD, COLOUR, LEVEL]
INPUTS: list[Any] = [*LEAVES, FILTER, CHOICE, DEEP, INNER]


@dataclass(frozen=True)
class Universe:
    """A schema, and the fields that a name means everywhere in it."""

    schema: GraphQLSchema
    names: list[str]


def build(choices: Choices) -> Universe:
    """A schema whose fields of one name have one type, so that selections merge whatever their parents are."""
    builder = _Builder(choices)
    return builder.universe()


class _Builder:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        names = [f"O{n}" for n in range(choices.number(1, 4))]
        self.interfaces: list[GraphQLInterfaceType] = []
        self.unions: list[GraphQLUnionType] = []
        self.objects: list[GraphQLObjectType] = []
        self.shared = [f"f{n}" for n in range(choices.number(0, 4))]
        self.fields: dict[str, tuple[Any, dict[str, GraphQLArgument]]] = {}
        self.names = self.shared + [f"g{n}" for n in range(choices.number(2, 8))]
        if self.shared and choices.chance(80):
            self.interfaces.append(self._interface())
        for name in names:
            self.objects.append(self._object(name))
        if choices.chance(60):
            members = [one for one in self.objects if choices.chance(70)] or self.objects[:1]
            self.unions.append(GraphQLUnionType("U", members, resolve_type=self._resolve_type()))

    def universe(self) -> Universe:
        query = self._root("Query")
        mutation = self._root("Mutation")
        schema = GraphQLSchema(query=query, mutation=mutation, types=[*self.objects, *self.unions])
        return Universe(schema, self.names)

    def _root(self, name: str) -> GraphQLObjectType:
        memo = Memo(_version if self.choices.chance(80) else _version_sometimes)
        extensions = {MEMO: memo} if self.choices.chance(70) else {}
        payloads = self._payloads() if name == "Mutation" else {}
        return GraphQLObjectType(
            name, lambda: payloads | {field: self._field(field, name) for field in self.names}, extensions=extensions
        )

    def _payloads(self) -> dict[str, GraphQLField]:
        """Root fields of mutations as they usually are: one object whose parts are read from it, most of them single.

        One of those parts is called in some schemas, which two never are in one selection that needs no care.
        """
        choices = self.choices
        composite = [*self.objects, *self.interfaces, *self.unions]
        types: dict[str, Any] = {f"p{n}": choices.one(composite) for n in range(3)}
        types["p3"] = GraphQLList(choices.one(composite))
        types["p4"] = choices.one(LEAVES)
        parts = {
            name: _KINDS[choices.one(["attribute", "attribute", "attribute", "batched"])](
                name, "Payload", GraphQLNonNull(type_) if choices.chance(20) else type_, {}, choices
            )
            for name, type_ in types.items()
        }
        payload = GraphQLObjectType("Payload", parts)
        return {
            name: _KINDS[choices.one(["direct", "direct", "resolver", "batched"])](
                name, "Mutation", payload, {}, choices
            )
            for name in ("m0", "m1", "m2")
        }

    def _interface(self) -> GraphQLInterfaceType:
        return GraphQLInterfaceType(
            "I",
            lambda: {name: GraphQLField(*self._signature(name)) for name in self.shared},
            resolve_type=self._resolve_type(),
        )

    def _object(self, name: str) -> GraphQLObjectType:
        choices = self.choices
        interfaces = [one for one in self.interfaces if choices.chance(75)]
        own = [field for field in self.names if field not in self.shared and choices.chance(60)]
        names = (self.shared if interfaces else []) + own
        extensions = {}
        if choices.chance(50):
            extensions[MEMO] = Memo(_version if choices.chance(70) else _version_sometimes)
        return GraphQLObjectType(
            name,
            lambda: {field: self._field(field, name) for field in names or self.names[:1]},
            interfaces=interfaces,
            is_type_of=self._is_type_of(name, bool(interfaces)),
            extensions=extensions,
        )

    def _is_type_of(self, name: str, needed: bool) -> Any:
        kind = self.choices.number(0, 5 if needed else 9)
        if kind > 5:
            return None

        def check(value: Any, info: Any) -> Any:
            world = info.context.world
            answer = isinstance(value, Record) and value._type_name == name
            if answer and world.chance(world.odds.error // 2, "is_type_of", name, repr(value)):
                raise RuntimeError("is_type_of failed")
            if kind == 5 and world.odds.waiting and world.chance(30, "async type", name, repr(value)):
                return world._later(answer, None)
            return answer

        return check

    def _resolve_type(self) -> Any:
        if self.choices.chance(40):
            return None

        def resolve(value: Any, info: Any, _type: Any) -> Any:
            world = info.context.world
            if world.chance(world.odds.error // 2, "resolve_type", repr(value)):
                raise RuntimeError("resolve_type failed")
            name: Any = value._type_name if isinstance(value, Record) else None
            if world.chance(world.odds.wrong // 2, "resolve wrong", repr(value)):
                name = (None, "Nothing", "Query", 5, "String")[world.draw("resolve", repr(value)) % 5]
            if world._waits("resolve_type", repr(value)):
                return world._later(name, None)
            return name

        return resolve

    def _signature(self, name: str) -> tuple[Any, dict[str, GraphQLArgument]]:
        found = self.fields.get(name)
        if found is None:
            found = self.fields[name] = (self._type(), self._arguments())
        return found

    def _type(self) -> Any:
        choices = self.choices
        if choices.chance(45):
            named: Any = choices.one(LEAVES)
        else:
            named = choices.one([*self.objects, *self.interfaces, *self.unions])
        type_: Any = GraphQLNonNull(named) if choices.chance(35) else named
        for _ in range(choices.one([0, 0, 0, 1, 1, 2])):
            type_ = GraphQLList(type_)
            type_ = GraphQLNonNull(type_) if choices.chance(35) else type_
        return type_

    def _arguments(self) -> dict[str, GraphQLArgument]:
        choices = self.choices
        return {f"a{n}": self._argument(n) for n in range(choices.one([0, 0, 1, 1, 2]))}

    def _argument(self, number: int) -> GraphQLArgument:
        choices = self.choices
        named = choices.one(INPUTS)
        type_: Any = GraphQLNonNull(named) if choices.chance(25) else named
        if choices.chance(20):
            type_ = GraphQLList(type_)
        options: dict[str, Any] = {}
        if type_ is specified_scalar_types["Int"] and choices.chance(50):
            options["default_value"] = 5
        if choices.chance(20):
            options["out_name"] = f"out{number}"
        return GraphQLArgument(type_, **options)

    def _field(self, name: str, parent: str) -> GraphQLField:
        type_, arguments = self._signature(name)
        kind = self.choices.one(
            ["default", "default", "attribute", "attribute", "pure", "direct", "resolver", "batched"]
        )
        field = _KINDS[kind](name, parent, type_, arguments, self.choices)
        if self.choices.chance(6):
            field.extensions[GUARD] = _guard(name, self.choices.chance(50))
        return field


def _version(value: Any) -> Any:
    return repr(value)


def _version_sometimes(value: Any) -> Any:
    return None if isinstance(value, Record) and value._number % 3 == 0 else repr(value)


def _guard(name: str, always: bool) -> Callable[[Context], GraphQLError | None]:
    def guard(context: Context) -> GraphQLError | None:
        refused = always or context.viewer % 2
        return GraphQLError(f"not for you: {name}", extensions={"code": "FORBIDDEN"}) if refused else None

    return guard


def _key(parent: str, name: str, source: Any, arguments: dict[str, Any]) -> tuple[Any, ...]:
    return (parent, name, repr(source), repr(sorted(arguments.items())))


def _default(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    return GraphQLField(type_, arguments)


def _attribute(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    return GraphQLField(
        type_, arguments, lambda source, _info, **_: getattr(source, name), extensions={FIELD: Attribute(name)}
    )


def _pure(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    def call(source: Any, info: Any, given: dict[str, Any]) -> Any:
        world: World = info.context.world
        key = (*_key(parent, name, source, given), info.context.segment_key)
        if world.chance(world.odds.error, "raise", *key):
            raise ValueError(f"failed {world.draw(*key) % 1000}")
        return world.value(type_, *key)

    return _marked(type_, arguments, Pure(call), call)


def _direct(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    shared = parent != "Mutation" and choices.chance(50)

    def call(source: Any, info: Any, given: dict[str, Any]) -> Any:
        info.context.called(source, info.path.key, info.parent_type.name)
        if parent == "Mutation":
            info.context.order.append((info.path.key, repr(given)))
        who = info.context.segment_key if shared else info.context.viewer
        return info.context.world.answer(type_, *_key(parent, name, source, given), who)

    return _marked(type_, arguments, Direct(call, shared=shared), call)


def _resolver(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    def resolve(source: Any, info: Any, **given: Any) -> Any:
        context: Context = info.context
        context.called(source, info.path.key, info.parent_type.name)
        if parent == "Mutation":
            context.order.append((info.path.key, repr(given)))
        return context.world.answer(type_, *_key(parent, name, source, given), context.viewer)

    return GraphQLField(type_, arguments, resolve)


def _marked(type_: Any, arguments: Any, marker: Any, call: Any) -> GraphQLField:
    return GraphQLField(
        type_, arguments, lambda source, info, **given: call(source, info, given), extensions={FIELD: marker}
    )


def _batched(name: str, parent: str, type_: Any, arguments: Any, choices: Choices) -> GraphQLField:
    shared = choices.chance(50)
    synchronous = choices.chance(30)

    def each(sources: list[Any], info: Any, given: dict[str, Any]) -> list[Any]:
        world: World = info.context.world
        values = []
        for source in sources:
            key = (*_key(parent, name, source, given), info.context.segment_key if shared else info.context.viewer)
            error = world.chance(world.odds.error, "raise", *key)
            values.append(world._error(*key) if error else world.value(type_, *key))
        return values

    async def load(sources: list[Any], info: Any, given: dict[str, Any]) -> list[Any]:
        return each(sources, info, given)

    marker = Batched(each if synchronous else load, None, shared, (parent, name))
    turn = Turn(marker.load, name)

    def resolve(source: Any, info: Any, **given: Any) -> Any:
        if info.context.world.odds.waiting:
            return turn.value(source, info, given)
        return each([source], info, given)[0]

    return GraphQLField(type_, arguments, resolve, extensions={FIELD: marker})


_KINDS = {
    "default": _default,
    "attribute": _attribute,
    "pure": _pure,
    "direct": _direct,
    "resolver": _resolver,
    "batched": _batched,
}
