"""What a batched function looks like to a library that resolves one parent at a time."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin

from engine.batching import Turn
from engine.markers import Load

_LISTS = {"list", "List", "Sequence"}


def for_one_parent(function: Callable[..., Any], info_type: type) -> tuple[Callable[..., Any], Load]:
    """The same field for one parent, with the signature that the GraphQL field is read from; and its batched call.

    The signature has `root`, `info` of the given type, the function's further parameters, and the element type.
    """
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise TypeError(f"{function.__qualname__} must take the list of parents as its first parameter.")
    takes_info = any(one.name == "info" for one in parameters)

    def load(parents: list[Any], info: Any, arguments: dict[str, Any]) -> Any:
        return function(parents, info=info, **arguments) if takes_info else function(parents, **arguments)

    turn = Turn(load, function.__qualname__)

    async def single(root: Any, info: Any, **arguments: Any) -> Any:
        return await turn.value(root, info, arguments)

    reserved = [
        inspect.Parameter("root", inspect.Parameter.KEYWORD_ONLY),
        inspect.Parameter("info", inspect.Parameter.KEYWORD_ONLY, annotation=info_type),
    ]
    rest = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters[1:] if one.name != "info"]
    returns = _element(inspect.signature(function).return_annotation, function)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(single, name, getattr(function, name))
    setattr(single, "__signature__", inspect.Signature([*reserved, *rest], return_annotation=returns))  # noqa: B010
    return single, load


def _element(annotation: Any, function: Callable[..., Any]) -> Any:
    """The element type of the annotated list, without the exceptions that may stand beside it."""
    problem = TypeError(f"{function.__qualname__} must be annotated to return list[the field's type].")
    if isinstance(annotation, str):
        node = ast.parse(annotation, mode="eval").body
        if not isinstance(node, ast.Subscript) or ast.unparse(node.value).split(".")[-1] not in _LISTS:
            raise problem
        return ast.unparse(_without_exceptions(node.slice))
    if get_origin(annotation) not in (list, Sequence):
        raise problem
    (element,) = get_args(annotation)
    kept = [one for one in get_args(element) if not (isinstance(one, type) and issubclass(one, BaseException))]
    if len(kept) == len(get_args(element)) or get_origin(element) in (list, Sequence):
        return element
    union = kept[0]
    for one in kept[1:]:
        union = union | one
    return union


def _without_exceptions(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _without_exceptions(node.left), node.right
        if ast.unparse(right) in {"Exception", "BaseException"}:
            return left
        return ast.BinOp(left, node.op, right)
    return node
