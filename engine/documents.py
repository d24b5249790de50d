"""From a document's text to a plan or a refusal, each made once and kept within bounds."""

from __future__ import annotations

import gc
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from engine.accept import Acceptance
from engine.conditions import Survey, fallback_reason
from engine.markers import dialect_of
from engine.reader import read

Stage = Literal["parse", "limits", "validation", "operation"]
OperationType = Literal["query", "mutation", "subscription"]
Inspect = Callable[[DocumentNode], None]
Analyse = Callable[[GraphQLSchema, DocumentNode, OperationDefinitionNode], object]

TREE_BYTES = 25
DOCUMENT_BYTES = 7000
"""What a document takes up for each byte of its text, and beside that, as measured."""
REFUSAL_BYTES = 2
REFUSED_BYTES = 5000
"""The same of a document that is refused."""


class RequestRefused(Exception):
    """A document that will not be executed; `stage` says which step refused it, `errors` why."""

    def __init__(self, errors: Sequence[GraphQLError], stage: Stage) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = list(errors)
        self.stage: Stage = stage


@dataclass(eq=False)
class Plan:
    """One operation of one document, ready to be executed any number of times.

    Nobody changes it; it is not frozen, because each new document has one. `incremental` says that @defer or
    @stream stands in the document; `analysis` is what the engine's `analyse` answered. `conditions` are the
    variables of @skip and @include, `fallback` is why graphql-core executes it, if it does. `source` is the text,
    `known` says that it had come before. `program` is the engine's own.
    """

    operation: OperationType
    name: str | None
    incremental: bool
    analysis: Any
    document: DocumentNode = field(repr=False)
    definition: OperationDefinitionNode = field(repr=False)
    source: str = field(repr=False)
    known: bool = False
    conditions: tuple[str, ...] = ()
    fallback: str | None = None
    program: list[Any] = field(repr=False, default_factory=list)

    @cached_property
    def document_hash(self) -> str:
        """The SHA-256 of the text in hexadecimal."""
        return hashlib.sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def compiled(self) -> bool:
        """Whether the compiled executor runs it; otherwise graphql-core does."""
        return self.fallback is None


@dataclass(slots=True)
class _Entry:
    """A document that was seen: its tree and plans, or why it is refused."""

    weight: int
    document: DocumentNode | None = None
    refusal: tuple[list[GraphQLError], Stage] | None = None
    plans: dict[str | None, Plan | tuple[list[GraphQLError], Stage]] = field(default_factory=dict)


class _Sights:
    """Remembers which texts were seen once, by a number for each; at least the last `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: set[int] = set()
        self._old: set[int] = set()

    def again(self, source: str) -> bool:
        """Whether the text was seen before; from now on it was."""
        number = hash(source)
        if number in self._new or number in self._old:
            return True
        if len(self._new) >= self._most:
            self._old, self._new = self._new, set()
        self._new.add(number)
        return False


class Documents:
    """Documents are remembered from their second sight on; texts that come once cost no memory and drive nothing out.

    The least recently used leave first, whichever of the two bounds is met.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_tokens: int | None,
        inspect: Inspect | None,
        analyse: Analyse | None,
        hide_suggestions: bool,
        max_entries: int,
        max_bytes: int,
    ) -> None:
        self._schema = schema
        self._rules = dialect_of(schema).rules
        self._acceptance = Acceptance(schema, extra_rules=bool(self._rules))
        self._max_tokens = max_tokens
        self._inspect = inspect
        self._analyse = analyse
        self._hide_suggestions = hide_suggestions
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._sights = _Sights(2 * max_entries)
        self.bytes = 0
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    def known(self, source: str, operation_name: str | None) -> Plan | None:
        """The plan of that operation if it is in memory."""
        entry = self._entries.get(source)
        found = None if entry is None else entry.plans.get(operation_name)
        if not isinstance(found, Plan):
            return None
        self._entries.move_to_end(source)
        return found

    def plan(self, source: str, operation_name: str | None) -> Plan:
        """The plan of that operation; raises `RequestRefused`. Both come from memory the third time."""
        entry = self._entries.get(source)
        known = entry is not None
        if entry is None:
            entry = self._read(source)
            known = self._sights.again(source)
            if known:
                self._remember(source, entry)
        else:
            self._entries.move_to_end(source)
        if entry.document is None:
            assert entry.refusal is not None
            raise RequestRefused(*entry.refusal)
        found = entry.plans.get(operation_name)
        if found is None:
            found = self._plan(source, entry.document, operation_name, known)
            if len(entry.plans) < 32:
                entry.plans[operation_name] = found
        if isinstance(found, Plan):
            return found
        raise RequestRefused(*found)

    def _remember(self, source: str, entry: _Entry) -> None:
        if entry.weight <= self._max_bytes // 4:
            self._entries[source] = entry
            self.bytes += entry.weight
            self._bound()

    def grow(self, source: str, size: int) -> None:
        """Counts what was compiled for a document, as long as the document is remembered."""
        entry = self._entries.get(source)
        if entry is not None:
            entry.weight += size
            self.bytes += size
            self._bound()

    def _bound(self) -> None:
        while len(self._entries) > self._max_entries or self.bytes > self._max_bytes:
            _, dropped = self._entries.popitem(last=False)
            self.bytes -= dropped.weight
            self._dropped += dropped.weight
        # Generated code refers to itself, and what has lived long is hardly ever looked at by the collector.
        if self._dropped > self._max_bytes // 2:
            self._dropped = 0
            gc.collect()

    def _read(self, source: str) -> _Entry:
        light = len(source) * REFUSAL_BYTES + REFUSED_BYTES
        try:
            document = read(source, self._max_tokens)
        except GraphQLError as error:
            return _Entry(light, refusal=(_light([error]), "parse"))
        if self._inspect is not None:
            try:
                self._inspect(document)
            except (GraphQLError, ExceptionGroup) as error:
                return _Entry(light, refusal=(_light(_errors(error)), "limits"))
        if not self._acceptance.is_surely_valid(document):
            # Some rules of graphql-core ask for the very classes of its own parser.
            document = parse(source)
            rules = [*specified_rules, *self._rules]
            errors = validate(self._schema, document, rules, hide_suggestions=self._hide_suggestions)
            if errors:
                return _Entry(light, refusal=(_light(errors), "validation"))
        return _Entry(len(source) * TREE_BYTES + DOCUMENT_BYTES, document)

    def _plan(
        self, source: str, document: DocumentNode, name: str | None, known: bool
    ) -> Plan | tuple[list[GraphQLError], Stage]:
        definition = _operation(document, name)
        if isinstance(definition, GraphQLError):
            return [definition], "operation"
        analysis = None
        if self._analyse is not None:
            try:
                analysis = self._analyse(self._schema, document, definition)
            except (GraphQLError, ExceptionGroup) as error:
                return _light(_errors(error)), "limits"
        survey = Survey(document, source)
        return Plan(
            operation=definition.operation.value,
            name=definition.name.value if definition.name else None,
            incremental=survey.incremental,
            conditions=tuple(survey.conditions),
            fallback=fallback_reason(survey, definition),
            analysis=analysis,
            document=document,
            definition=definition,
            source=source,
            known=known,
        )


def _light(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The same errors without the syntax tree and the frames of the parser, up to fifty times as large as the text."""
    for error in errors:
        error.nodes = None
        for one in (error, error.original_error):
            if one is not None:
                one.__traceback__ = one.__context__ = one.__cause__ = None
    return errors


def _errors(error: Exception) -> list[GraphQLError]:
    """The errors of a refusal; what is no GraphQLError is a fault of the inspection itself and goes on."""
    if isinstance(error, GraphQLError):
        return [error]
    found: list[GraphQLError] = []
    assert isinstance(error, ExceptionGroup)
    for one in error.exceptions:
        if not isinstance(one, GraphQLError | ExceptionGroup):
            raise error
        found.extend(_errors(one))
    return found


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | GraphQLError:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) > 1:
            return GraphQLError("Must provide operation name if query contains multiple operations.")
        return operations[0] if operations else GraphQLError("Must provide an operation.")
    for node in operations:
        if node.name and node.name.value == name:
            return node
    return GraphQLError(f"Unknown operation named '{name}'.")
