"""Execution by graphql-core itself: for what the engine does not compile, with the same guards and the same answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, Executor, GraphQLError, GraphQLResolveInfo, GraphQLSchema, located_error
from graphql.execution import MiddlewareManager, create_source_event_stream
from graphql.execution.collect_fields import collect_fields

from engine.answers import Answer, Extensions, FormatError, dumps, request_error, response
from engine.documents import Plan
from engine.markers import Guard, dialect_of, guards_of

Variables = Mapping[str, Any] | None


class Classic:
    """graphql-core over one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        format_error: FormatError,
        max_coercion_errors: int = 50,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._format_error = format_error
        self._max_coercion_errors = max_coercion_errors
        self._hide_suggestions = hide_suggestions
        self._dialect = dialect_of(schema)
        self._guards = guards_of(schema)
        self._middleware = MiddlewareManager(_guarding(self._guards)) if self._guards else None

    def build(
        self, plan: Plan, variables: Variables, context: Any, *, root: Any = None, incremental: bool = False
    ) -> Executor[Any] | list[GraphQLError]:
        """graphql-core's executor for one run, or the errors of the variables."""
        kind = self._dialect.incremental if incremental else self._dialect.plain
        return kind.build(
            self._schema,
            plan.document,
            root,
            context,
            cast("dict[str, Any]", variables or {}),
            plan.name,
            max_coercion_errors=self._max_coercion_errors,
            middleware=self._middleware,
            hide_suggestions=self._hide_suggestions,
        )

    async def execute(
        self, plan: Plan, variables: Variables, context: Any, root: Any, extensions: Extensions | None
    ) -> Answer:
        """A query or a mutation, whole."""
        executor = self.build(plan, variables, context, root=root)
        if isinstance(executor, list):
            return request_error(executor, self._format_error, extensions)
        return await self.finish(executor, None, extensions)

    async def finish(self, executor: Executor[Any], serially: bool | None, extensions: Extensions | None) -> Answer:
        """Runs a built executor to its answer."""
        result = executor.execute_operation(serially)
        if isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)
        errors = tuple(result.errors or ())
        body = response(dumps(result.data), errors, self._format_error, extensions)
        return Answer(body, errors, False, result.data is None)

    async def source(self, executor: Executor[Any]) -> Any:
        """The stream of source events, or the result that says why there is none."""
        refused = self._refused_subscription(executor)
        if refused is not None:
            return ExecutionResult(None, [refused])
        stream = create_source_event_stream(executor)
        return await stream if isawaitable(stream) else stream

    def _refused_subscription(self, executor: Executor[Any]) -> GraphQLError | None:
        root = self._schema.subscription_type
        if root is None or not self._guards:
            return None
        collected = collect_fields(self._schema, executor.fragments, executor.variable_values, root, executor.operation)
        for key, details in collected.grouped_field_set.items():
            nodes = [one.node for one in details]
            guard = self._guards.get((root.name, nodes[0].name.value))
            error = guard(executor.context_value) if guard is not None else None
            if error is not None:
                return located_error(error, nodes, [key])
        return None


def _guarding(guards: Mapping[tuple[str, str], Guard]) -> Callable[..., Any]:
    """The middleware that asks a field's guard first; graphql-core takes plain functions only."""

    def guarded(resolve: Any, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        guard = guards.get((info.parent_type.name, info.field_name))
        error = guard(info.context) if guard is not None else None
        if error is not None:
            raise error
        return resolve(source, info, **arguments)

    return guarded
