"""The compiled executor: chooses the plan for the request's conditions, fetches, emits, and falls back to care."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from graphql import GraphQLError, OperationType

from engine.answers import Answer, Extensions, FormatError, extended, request_error, response
from engine.careful import Careful, encode
from engine.columnar import completed
from engine.documents import Plan
from engine.facts import SchemaFacts
from engine.fetch import fetch
from engine.markers import Memo
from engine.plan import MOST_FIELDS, OperationPlan, TooLarge
from engine.reach import come_up
from engine.request import Request
from engine.segments import Segments
from engine.serial import root_field
from engine.stats import Stats
from engine.variables import Variables
from engine.whole import begun, begun_anew, is_worth_keeping, memo_of_root, written

HOT_RUN = 3
"""The run from which code is generated. Measured: generating costs about as much as four runs without it."""

MOST_PLANS = 16
"""Combinations of @skip and @include that are compiled for one operation."""


class NotCompiled(Exception):
    """graphql-core has to execute this one; the message is the reason that is counted."""


PLAN_BYTES = 1100
CODE_BYTES = 1200
"""What a plan and its code take up for each field, as measured."""

Grow = Callable[[str, int], None]
"""`grow(document text, bytes)`: told when more is kept for a document."""


class Program:
    """One operation, with a plan for each combination of its conditions that was met."""

    __slots__ = (
        "_conditions",
        "_definition",
        "_document",
        "_facts",
        "_grow",
        "_plans",
        "_source",
        "_too_large",
        "variables",
    )

    def __init__(
        self, facts: SchemaFacts, plan: Plan, grow: Grow, max_errors: int = 50, hide_suggestions: bool = False
    ) -> None:
        self._facts = facts
        self._grow = grow
        self._too_large = False
        self._source = plan.source
        self._document = plan.document
        self._definition = plan.definition
        self.variables = Variables(facts.schema, plan.definition, max_errors, hide_suggestions)
        self._conditions = plan.conditions
        self._plans: dict[tuple[Any, ...], OperationPlan] = {}

    def grew(self, plan: OperationPlan, run: int) -> None:
        """Counts what that run has added to the plan; one that has become too large is not used again."""
        if plan.field_count > MOST_FIELDS:
            self._plans = {}
            self._too_large = True
        else:
            self._grow(self._source, plan.field_count * (PLAN_BYTES if run == 1 else CODE_BYTES))

    def operation_plan(self, coerced: dict[str, Any]) -> OperationPlan:
        """The plan under these variables; raises `NotCompiled`."""
        key = self._key(coerced)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._compile(key)
        return found

    def _key(self, coerced: dict[str, Any]) -> tuple[Any, ...]:
        """The values of the operation's conditions."""
        return tuple([coerced.get(name) for name in self._conditions]) if self._conditions else ()

    def _compile(self, key: tuple[Any, ...]) -> OperationPlan:
        if not all(value is True or value is False for value in key):
            raise NotCompiled("condition")
        if self._too_large:
            raise NotCompiled("size")
        if len(self._plans) >= MOST_PLANS:
            raise NotCompiled("conditions")
        try:
            return self._planned(key, None)
        except (TooLarge, RecursionError):
            raise NotCompiled("size") from None

    def _planned(self, key: tuple[Any, ...], memo: Memo | None) -> OperationPlan:
        conditions = dict(zip(self._conditions, key, strict=True))
        return OperationPlan(self._facts, self._document, self._definition, conditions, memo)

    def kept_whole(self, plan: OperationPlan, coerced: dict[str, Any]) -> OperationPlan:
        """The plan under these variables with a root that may be kept; the very plan where there is nothing to keep."""
        memo = memo_of_root(plan.root_type, plan.operation)
        if memo is None or not is_worth_keeping(plan.root):
            return plan
        key = self._key(coerced)
        try:
            whole = self._planned(key, memo)
        except (TooLarge, RecursionError):
            return plan
        whole.runs = plan.runs
        self._plans[key] = whole
        return whole


class Compiled:
    """Runs programs of one schema."""

    def __init__(self, format_error: FormatError, segments: Segments | None, stats: Stats) -> None:
        self._format_error = format_error
        self._segments = segments
        self._stats = stats

    def execute(
        self,
        program: Program,
        inputs: Mapping[str, Any] | None,
        context: Any,
        root: Any,
        extensions: Extensions | None,
    ) -> Awaitable[Answer]:
        """The answer; raises `NotCompiled` before anything was resolved."""
        coerced = program.variables.coerce(inputs)
        if isinstance(coerced, list):
            return self._refused(coerced, extensions)
        return self.run(program, coerced, inputs, context, root, extensions)

    async def _refused(self, errors: list[GraphQLError], extensions: Extensions | None) -> Answer:
        return request_error(errors, self._format_error, extensions)

    def run(
        self,
        program: Program,
        coerced: dict[str, Any],
        inputs: Mapping[str, Any] | None,
        context: Any,
        root: Any,
        extensions: Extensions | None,
    ) -> Awaitable[Answer]:
        """The same for variables that are coerced already; `root` is the event of a subscription."""
        plan = program.operation_plan(coerced)
        plan.runs += 1
        run = plan.runs
        hot = run >= HOT_RUN
        if run == HOT_RUN and self._segments is not None:
            plan = program.kept_whole(plan, coerced)
        request = Request(plan, program.variables, coerced, inputs, context, root, self._segments)
        work = self._mutation if plan.operation.operation is OperationType.MUTATION else self._query
        answer = work(request, hot, extensions)
        return self._growing(answer, program, plan, run) if run == 1 or run == HOT_RUN else answer

    async def _growing(self, answer: Awaitable[Answer], program: Program, plan: OperationPlan, run: int) -> Answer:
        """The answer of a run that adds to its plan."""
        answered = await answer
        program.grew(plan, run)
        return answered

    async def _query(self, request: Request, hot: bool, extensions: Extensions | None) -> Answer:
        root = request.plan.root
        request.deep = hot
        mark, level = begun(request) if hot else (root, [root])
        await fetch(request, level, full=not hot)
        if not request.surprised:
            try:
                if hot:
                    data = written(request, mark)
                else:
                    data = completed(request, root)[0]
                body = data if data.__class__ is bytes else orjson.dumps({"data": data})
            except Exception:
                request.surprised = True
            else:
                return self._written(request, body, extensions)
        self._stats.surprises += 1
        if hot:
            come_up(request)
            begun_anew(request)
            await fetch(request, [root], full=True)
        careful = Careful(request)
        completed_data = careful.complete_root()
        text = None if completed_data is None else encode(completed_data)
        return self._told(request, text, careful.errors, extensions)

    def _written(self, request: Request, body: bytes, extensions: Extensions | None) -> Answer:
        """Of a request without errors."""
        request.end()
        return Answer(body if extensions is None else extended(body, extensions))

    def _told(
        self, request: Request, data: bytes | None, errors: list[GraphQLError], extensions: Extensions | None
    ) -> Answer:
        """Of a request that was looked at with care."""
        request.end()
        body = response(data or b"null", errors, self._format_error, extensions)
        return Answer(body, tuple(errors), False, data is None)

    async def _mutation(self, request: Request, hot: bool, extensions: Extensions | None) -> Answer:
        """Root fields one after the other; the first that nulls `data` is the last that is executed."""
        careful: Careful | None = None
        parts: list[bytes] = []
        for field in request.plan.root.fields:
            text = await root_field(request, field, hot)
            if text is None:
                if careful is None:
                    careful = Careful(request)
                    self._stats.surprises += 1
                try:
                    text = encode(careful.complete_root_field(field))
                except GraphQLError as error:
                    careful.errors.append(error)
                    return self._told(request, None, careful.errors, extensions)
            parts.append(orjson.dumps(field.key) + b":" + text)
        data = b"{" + b",".join(parts) + b"}"
        if careful is not None:
            return self._told(request, data, careful.errors, extensions)
        return self._written(request, b'{"data":' + data + b"}", extensions)
