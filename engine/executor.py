"""The engine: documents become plans once, plans become answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from graphql import GraphQLSchema

from engine.answers import Answer, Extensions, FormatError, Frame, default_format_error
from engine.classic import Classic, Variables
from engine.compiled import Compiled, NotCompiled, Program
from engine.documents import Analyse, Documents, Inspect, Plan
from engine.facts import SchemaFacts
from engine.incremental import frames
from engine.segments import Segments
from engine.stats import Stats
from engine.streams import Streams


class Engine:
    """Executes the operations of one schema; see the package's docstring for the contract."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_tokens: int | None = None,
        inspect: Inspect | None = None,
        analyse: Analyse | None = None,
        format_error: FormatError = default_format_error,
        max_documents: int = 2000,
        max_document_bytes: int = 8_000_000,
        max_segment_bytes: int = 8_000_000,
        max_coercion_errors: int = 50,
        hide_suggestions: bool = False,
    ) -> None:
        self.schema = schema
        self.stats = Stats()
        self._format_error = format_error
        self._documents = Documents(
            schema,
            max_tokens=max_tokens,
            inspect=inspect,
            analyse=analyse,
            hide_suggestions=hide_suggestions,
            max_entries=max_documents,
            max_bytes=max_document_bytes,
        )
        self._classic = Classic(schema, format_error, max_coercion_errors, hide_suggestions)
        self._facts = SchemaFacts(schema)
        self._max_coercion_errors = max_coercion_errors
        self._hide_suggestions = hide_suggestions
        self._segments = Segments(max_segment_bytes)
        self._compiled = Compiled(format_error, self._segments if max_segment_bytes else None, self.stats)
        self._streams = Streams(self._classic, self._compiled, self.stats, format_error)

    def prepare(self, source: str, operation_name: str | None = None) -> Plan:
        """The plan for one operation of a document; raises `RequestRefused`. Both are remembered."""
        return self._documents.plan(source, operation_name)

    def known(self, source: str, operation_name: str | None = None) -> Plan | None:
        """The plan if it is remembered; None where `prepare` has to read the document, or to refuse it."""
        return self._documents.known(source, operation_name)

    def execute(
        self,
        plan: Plan,
        variables: Variables,
        context: Any,
        *,
        root: Any = None,
        extensions: Extensions | None = None,
    ) -> Awaitable[Answer]:
        """A query or a mutation; `extensions()` is asked last for the response's `extensions`."""
        if plan.fallback is None:
            try:
                answer = self._compiled.execute(self._program(plan), variables, context, root, extensions)
            except NotCompiled as reason:
                self.stats.fallback[str(reason)] += 1
            else:
                self.stats.compiled += 1
                return answer
        else:
            self.stats.fallback[plan.fallback] += 1
        return self._classic.execute(plan, variables, context, root, extensions)

    def _program(self, plan: Plan) -> Program:
        if not plan.program:
            plan.program.append(
                Program(self._facts, plan, self._documents.grow, self._max_coercion_errors, self._hide_suggestions)
            )
        program: Program = plan.program[0]
        return program

    def subscribe(
        self, plan: Plan, variables: Variables, context_for_event: Callable[[], Any]
    ) -> AsyncIterator[Answer]:
        """One answer per event, each with a fresh context; close the iterator to end the source stream.

        `context_for_event` is called once for the source stream itself and once for each event. A stream that cannot
        begin is a single answer with `request_error`.
        """
        program = self._program(plan) if plan.fallback is None else None
        return self._streams.answers(plan, program, variables, context_for_event)

    def execute_incrementally(self, plan: Plan, variables: Variables, context: Any) -> AsyncIterator[Frame]:
        """@defer and @stream: the frames in the order in which they are to be sent."""
        self.stats.fallback["incremental"] += 1
        return frames(self._classic, plan, variables, context, self._format_error)

    @property
    def segment_bytes(self) -> int:
        """What the rendered segments take up."""
        return self._segments.bytes + self._segments.older_bytes

    def forget_segments(self) -> None:
        """Drops every rendered segment, for example after a catalogue entry changed without a new version."""
        self._segments.clear()
