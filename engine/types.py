"""The concrete type of an object: asked of the schema's functions, checked as graphql-core checks it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from graphql import Executor, GraphQLError, GraphQLObjectType, default_type_resolver
from graphql.pyutils import inspect

from engine.positions import Field, Selection
from engine.request import Request
from engine.shapes import waits


def selection_of(request: Request, field: Field, item: Any) -> Any:
    """The selection for the object's type, or something to await for it; raises the error of its type."""
    if field.only is not None:
        return _checked(request, field, item, field.only)
    abstract: Any = field.named_type
    name: Any = (abstract.resolve_type or default_type_resolver)(item, request.info(field), abstract)
    if waits(name):
        return _later(request, field, item, name)
    return _named(request, field, item, name)


async def _later(request: Request, field: Field, item: Any, name: Awaitable[Any]) -> Any:
    found = _named(request, field, item, await name)
    return found if isinstance(found, Selection) else await found


def _named(request: Request, field: Field, item: Any, name: Any) -> Any:
    known = field.children.get(name) if name.__class__ is str else None
    if known is None:
        possible = field.possible.get(name) if name.__class__ is str else None
        known = field.child(possible or _valid(request, field, item, name))
    return _checked(request, field, item, known)


def _valid(request: Request, field: Field, item: Any, name: Any) -> GraphQLObjectType:
    """The type of that name; raises what graphql-core says if it is not one of those that are possible."""
    shim: Any = request
    abstract: Any = field.named_type
    found: GraphQLObjectType = Executor.ensure_valid_runtime_type(
        shim, name, abstract, field.details, request.info(field), item
    )
    return found


def _checked(request: Request, field: Field, item: Any, selection: Selection) -> Any:
    is_type_of = selection.type.is_type_of
    if is_type_of is None:
        return selection
    answer = is_type_of(item, request.info(field))
    if answer is True:
        return selection
    if waits(answer):
        return _later_checked(field, item, selection, answer)  # type: ignore[arg-type]
    if not answer:
        raise _wrong_type(field, item, selection)
    return selection


async def _later_checked(field: Field, item: Any, selection: Selection, answer: Awaitable[bool]) -> Selection:
    if not await answer:
        raise _wrong_type(field, item, selection)
    return selection


def _wrong_type(field: Field, item: Any, selection: Selection) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{selection.type}' but got: {inspect(item)}.", field.nodes)
