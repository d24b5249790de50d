"""Strawberry's side of the engine: decorators for its types, and the markers that they leave in its schema.

    @memoised(version=lambda record: record.version)
    @strawberry.type
    class Movie:
        name: str                                                   # read straight off the record

        @batched(description="Who made it.", shared=True)
        @staticmethod
        async def credits(roots: list[TitleRecord], info: Info, first: int = 20) -> list[CreditConnection]: ...

        @pure
        @staticmethod
        def poster(root: strawberry.Parent[TitleRecord], info: Info, width: int) -> Image | None: ...

    @strawberry.type
    class Query:
        @strawberry.field
        @shared
        @staticmethod
        async def movie(info: Info, id: strawberry.ID) -> Movie | None: ...

    engine = Engine(bind(strawberry_schema))

A batched function takes the parents (its first parameter, whatever its name) and returns one value for each in the
same order; a value that is an Exception becomes that field's error. Its GraphQL type is the element type of the
annotated list; `list[X | Exception]` is the type X. Arguments arrive as Strawberry would convert them. Further
keyword arguments of `batched` and `pure` are those of `strawberry.field`. With field extensions or permission classes
a batched field is resolved parent by parent, and the calls of one turn of the loop are joined all the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator
from dataclasses import MISSING
from typing import Any, TypeVar

import strawberry
from graphql import ASTValidationRule, GraphQLField, GraphQLInputObjectType, GraphQLSchema
from graphql.execution import Executor
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema import Schema, StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from engine.conversion import AsIs, ListOf, ObjectOf, Shape, converter
from engine.markers import DIALECT, FIELD, MEMO, Attribute, Batched, Dialect, Direct, Marker, Memo, Pure
from engine.signatures import for_one_parent

Class = TypeVar("Class", bound=type)

_BATCHED = "__engine_batched__"
_PURE = "__engine_pure__"
_SHARED = "__engine_shared__"
_MEMO = "__engine_memo__"


def batched(function: Any = None, *, shared: bool = False, **options: Any) -> Any:
    """A field answered for many parents by one call.

    `shared` promises that a value depends on its record, the arguments and `context.segment_key` alone.
    """
    if function is None:
        return lambda one: batched(one, shared=shared, **options)
    call = function.__func__ if isinstance(function, staticmethod) else function
    single, load = for_one_parent(call, strawberry.Info)
    setattr(single, _BATCHED, (load, shared))
    return strawberry.field(resolver=single, **options)


def pure(function: Any = None, **options: Any) -> Any:
    """A synchronous field that depends on its record, the arguments and `context.segment_key` alone."""
    if function is None:
        return lambda one: pure(one, **options)
    call = function.__func__ if isinstance(function, staticmethod) else function
    if inspect.iscoroutinefunction(call):
        raise TypeError(f"{call.__qualname__} is asynchronous; a pure field must not wait.")
    setattr(call, _PURE, True)
    return strawberry.field(resolver=function, **options)


def shared(function: Any) -> Any:
    """Promises of an ordinary resolver what `shared` promises of a batched field; stands below `strawberry.field`."""
    setattr(function.__func__ if isinstance(function, staticmethod) else function, _SHARED, True)
    return function


def memoised(*, version: Callable[[Any], Hashable | None]) -> Callable[[Class], Class]:
    """The rendered form of a record may be kept while `version(record)` stays the same; None keeps nothing.

    The version must tell records of the type apart: (id, version), or a record that hashes by value.
    """

    def mark(cls: Class) -> Class:
        setattr(cls, _MEMO, Memo(version))
        return cls

    return mark


class _PlainExecutor(Executor[Any]):
    """graphql-core's plain executor with the resolve info that Strawberry's resolvers expect."""

    operation_extensions: dict[str, Any] | None = None
    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info


def _rules(core: GraphQLSchema) -> tuple[type[ASTValidationRule], ...]:
    """Strawberry's own validation, where the schema has what it is about and graphql-core does not see to it itself."""
    inputs = [type_ for type_ in core.type_map.values() if isinstance(type_, GraphQLInputObjectType)]
    backref = GraphQLCoreConverter.DEFINITION_BACKREF
    rules: list[type[ASTValidationRule]] = []
    if any(isinstance(one.type, StrawberryMaybe) for one in _asked(core, backref)):
        rules.append(MaybeNullValidationRule)
    if any(getattr(type_.extensions.get(backref), "is_one_of", False) and not type_.is_one_of for type_ in inputs):
        rules.append(OneOfInputValidationRule)
    return tuple(rules)


def _asked(core: GraphQLSchema, backref: str) -> Iterator[Any]:
    """Every argument and every field of an input, as Strawberry defines them."""
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            yield from getattr(type_.extensions.get(backref), "fields", ())
        for field in getattr(type_, "fields", {}).values():
            definition = field.extensions.get(backref)
            yield from getattr(definition, "arguments", ()) if isinstance(definition, StrawberryField) else ()


def bind(schema: Schema) -> GraphQLSchema:
    """The graphql-core schema of a Strawberry schema, with what the decorators said written into it."""
    core = schema._schema
    core.extensions[DIALECT] = Dialect(_PlainExecutor, StrawberryGraphQLCoreExecutionContext, _rules(core))
    for type_ in core.type_map.values():
        definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        memo = getattr(getattr(definition, "origin", None), _MEMO, None)
        if memo is not None:
            type_.extensions[MEMO] = memo
        for field in getattr(type_, "fields", {}).values():
            marker = _marker(schema, field) if isinstance(field, GraphQLField) else None
            if marker is not None:
                field.extensions[FIELD] = marker
    return core


def _marker(schema: Schema, field: GraphQLField) -> Marker | None:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or definition.extensions or definition.is_subscription:
        return None
    if schema.schema_converter._get_field_exception_handlers(definition):
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return Attribute(definition.python_name) if schema.config.default_resolver is getattr else None
    function = resolver._unbound_wrapped_func
    load = getattr(function, _BATCHED, None)
    convert = _converter(schema, definition)
    if load is not None:
        return Batched(_loader(schema, definition, load[0]), convert, load[1], function)
    call = _caller(schema, definition)
    if getattr(function, _PURE, False):
        return Pure(call, convert)
    return Direct(call, convert, getattr(function, _SHARED, False))


def _caller(schema: Schema, definition: StrawberryField) -> Callable[[Any, Any, dict[str, Any]], Any]:
    """The resolver called the way Strawberry calls it, without the layers that have nothing to do."""
    resolver = definition.base_resolver
    assert resolver is not None
    function: Any = resolver.wrapped_func
    parent = resolver.parent_parameter or resolver.root_parameter
    by_position = resolver.self_parameter is not None
    parent_name = parent.name if parent is not None else None
    info_name = resolver.info_parameter.name if resolver.info_parameter is not None else None
    info_class = schema.config.info_class

    def call(source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        keywords = dict(arguments)
        if parent_name is not None:
            keywords[parent_name] = source
        if info_name is not None:
            keywords[info_name] = info_class(_raw_info=info, _field=definition)
        return function(source, **keywords) if by_position else function(**keywords)

    return call


def _loader(schema: Schema, definition: StrawberryField, load: Callable[..., Any]) -> Any:
    info_class = schema.config.info_class

    def call(parents: list[Any], info: Any, arguments: dict[str, Any]) -> Any:
        return load(parents, info_class(_raw_info=info, _field=definition), arguments)

    return call


def _converter(schema: Schema, definition: StrawberryField) -> Callable[[dict[str, Any], Any], dict[str, Any]] | None:
    """Arguments from graphql-core's form to Python's; None where they have it already."""
    if not definition.arguments:
        return None
    arguments = {schema.config.name_converter.from_argument(one): one for one in definition.arguments}
    shapes = {name: _shape(one.type, schema, ()) for name, one in arguments.items()}
    if any(shape is None for shape in shapes.values()):
        return _strawberry_converter(schema, definition)
    steps = [(name, str(one.python_name), converter(shapes[name] or AsIs())) for name, one in arguments.items()]
    if all(name == python_name and step is None for name, python_name, step in steps):
        return None

    def convert(values: dict[str, Any], _info: Any) -> dict[str, Any]:
        return {
            python_name: values[name] if step is None else step(values[name])
            for name, python_name, step in steps
            if name in values
        }

    return convert


def _strawberry_converter(schema: Schema, definition: StrawberryField) -> Any:
    """Strawberry's own conversion, for what has hooks of its own."""

    def convert(values: dict[str, Any], info: Any) -> dict[str, Any]:
        return convert_arguments(
            values,
            definition.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
            info=schema.config.info_class(_raw_info=info, _field=definition),
        )

    return convert


def _shape(type_: Any, schema: Schema, above: tuple[Any, ...]) -> Shape | None:
    """How a value of the type is converted; None: by Strawberry itself (Maybe, global ids, hooks, recursion)."""
    if isinstance(type_, LazyType):
        type_ = type_.resolve_type()
    if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
        return None
    if isinstance(type_, StrawberryOptional):
        return _shape(type_.of_type, schema, above)
    if isinstance(type_, StrawberryList):
        item = _shape(type_.of_type, schema, above)
        return ListOf(item) if item is not None else None
    if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
        return AsIs()
    if is_scalar(type_, schema.schema_converter.scalar_registry):
        return AsIs()
    if type_ in above or not has_object_definition(type_):
        return None
    definition = type_.__strawberry_definition__
    if definition.from_input is not None or not definition.is_input:
        return None
    fields = []
    for field in definition.fields:
        shape = _shape(field.resolve_type(type_definition=definition), schema, (*above, type_))
        if shape is None:
            return None
        fields.append((schema.config.name_converter.from_field(field), field.python_name, shape))
    missing = [
        field.python_name
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    ]
    return ObjectOf(type_, fields, missing, UNSET)
