"""Refuses documents that are too large to be worth validating, in time linear in the document.

The order of the checks is the order of their prices: characters before the parser, tokens in the parser, and then one
walk that summarises each definition once, so that a chain of fragments which spreads itself into millions of fields
costs no more than its text. Only a document whose expansion is already known to be small is expanded, to count the
pairs of fields that validation would compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language import DirectiveNode

from graph.extensions.quick import is_small

Definition = OperationDefinitionNode | FragmentDefinitionNode
_META_FIELDS = frozenset({"__schema", "__type"})
_TOKEN_ABORT = "Syntax Error: Document contains more than"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """The most that one document may have; numbers count through fragment spreads unless said otherwise."""

    characters: int = 30_000
    tokens: int = 1000
    depth: int = 12
    aliases: int = 30
    root_fields: int = 20
    selections: int = 500
    selections_in_one_set: int = 100
    comparisons: int = 10_000
    """Pairs of fields with one response name, which validation compares with each other."""
    directives: int = 5
    """On one node."""
    operations: int = 10
    fragments: int = 50
    introspection_depth: int = 16
    """Depth below `__schema` and `__type`; the introspection query of today's clients has 14."""


def too_complex(limit: str, value: int, maximum: int) -> GraphQLError:
    """The one form of a refusal by a limit: its name, the document's value, the maximum."""
    message = f"The document exceeds the limit `{limit}`: {value}, at most {maximum}. Ask for less, or in parts."
    return GraphQLError(message, extensions={"code": "TOO_COMPLEX", "limit": limit, "value": value, "maximum": maximum})


def check_source(source: str, limits: DocumentLimits) -> None:
    """Refuse by length, before a parser reads it; raises GraphQLError."""
    if len(source) > limits.characters:
        raise too_complex("characters", len(source), limits.characters)


def token_refusal(error: GraphQLError, limits: DocumentLimits) -> GraphQLError | None:
    """The refusal by tokens, when a syntax error is the parser's way of saying it; else None."""
    if not error.message.startswith(_TOKEN_ABORT):
        return None
    return too_complex("tokens", limits.tokens + 1, limits.tokens)


def inspector(limits: DocumentLimits) -> Callable[[DocumentNode], None]:
    """A check of parsed documents that raises the GraphQLError of the first limit exceeded."""

    def inspect(document: DocumentNode) -> None:
        if is_small(document, limits):
            return
        for limit, value, maximum in measures(document, limits):
            if value > maximum:
                raise too_complex(limit, value, maximum)

    return inspect


def measures(document: DocumentNode, limits: DocumentLimits) -> Iterator[tuple[str, int, int]]:
    """Each limit's name, the document's value and the maximum; the dear ones last, so stop at the first excess."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    yield "operations", len(operations), limits.operations
    yield "fragments", sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions), limits.fragments
    local = {name: _read(node) for name, node in fragments.items()}
    totals = _fragment_totals(local)
    heads = [_read(node) for node in operations]
    roots = [_total(facts, totals) for facts in heads]
    spread = {name for facts in (*heads, *local.values()) for name in facts.all_spreads()}
    whole = roots + [totals[name] for name in fragments if name not in spread]
    everything = [*roots, *totals.values()]
    yield "directives", max((total.directives for total in everything), default=0), limits.directives
    yield "depth", max((total.depth for total in whole), default=0), limits.depth
    yield "introspection_depth", max((total.meta_depth for total in whole), default=0), limits.introspection_depth
    yield "root_fields", max((total.top_fields for total in roots), default=0), limits.root_fields
    largest_set = max((total.largest_set for total in everything), default=0)
    yield "selections_in_one_set", largest_set, limits.selections_in_one_set
    yield "aliases", sum(total.aliases for total in whole), limits.aliases
    yield "selections", sum(total.selections for total in whole), limits.selections
    # From here on the whole expansion is known to have at most `limits.selections` fields.
    starts: list[Definition] = [*operations, *(node for name, node in fragments.items() if name not in spread)]
    yield "comparisons", sum(_comparisons(node, fragments) for node in starts), limits.comparisons


@dataclass(slots=True)
class _Set:
    """One selection set, inline fragments dissolved: its own fields, and the names it spreads."""

    fields: int = 0
    spreads: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Facts:
    """What one definition says itself, spreads left as names."""

    sets: list[_Set] = field(default_factory=lambda: [_Set()])
    spreads: list[tuple[str, int, bool]] = field(default_factory=list)
    """Name, depth at the spread, and whether that depth counts from `__schema` or `__type`."""
    aliases: int = 0
    depth: int = 0
    meta_depth: int = 0
    directives: int = 0

    def all_spreads(self) -> Iterator[str]:
        return (name for name, _, _ in self.spreads)


@dataclass(slots=True)
class _Total:
    """What a definition amounts to with its spreads followed."""

    aliases: int
    selections: int
    top_fields: int
    largest_set: int
    depth: int
    meta_depth: int
    directives: int


def _read(definition: Definition) -> _Facts:
    """One walk over a definition with a stack of its own, so that nesting cannot exhaust Python's."""
    facts = _Facts(directives=_directives_of(definition))
    stack = [(definition.selection_set, facts.sets[0], 0, False)]
    while stack:
        selection_set, current, depth, meta = stack.pop()
        for node in selection_set.selections:
            facts.directives = max(facts.directives, len(node.directives or ()))
            if isinstance(node, FragmentSpreadNode):
                current.spreads.append(node.name.value)
                facts.spreads.append((node.name.value, depth, meta))
            elif isinstance(node, FieldNode):
                current.fields += 1
                facts.aliases += node.alias is not None
                below, inside = (0, True) if node.name.value in _META_FIELDS else (depth + 1, meta)
                if inside:
                    facts.meta_depth = max(facts.meta_depth, below)
                else:
                    facts.depth = max(facts.depth, below)
                if node.selection_set is not None:
                    facts.sets.append(_Set())
                    stack.append((node.selection_set, facts.sets[-1], below, inside))
            elif (inner := getattr(node, "selection_set", None)) is not None:
                stack.append((inner, current, depth, meta))
    return facts


def _directives_of(definition: Definition) -> int:
    lists: list[tuple[DirectiveNode, ...]] = [tuple(definition.directives or ())]
    lists += [tuple(variable.directives or ()) for variable in definition.variable_definitions or ()]
    return max(len(directives) for directives in lists)


def _fragment_totals(local: dict[str, _Facts]) -> dict[str, _Total]:
    """Each fragment once, what it spreads before itself; a circle is refused."""
    totals: dict[str, _Total] = {}
    for start in local:
        path: dict[str, Iterator[str]] = {}
        if start not in totals:
            path[start] = local[start].all_spreads()
        while path:
            name = next(reversed(path))
            child = next((c for c in path[name] if c in local and c not in totals), None)
            if child is None:
                totals[name] = _total(local[name], totals)
                del path[name]
            elif child in path:
                message = f"Cannot spread fragment '{child}' within itself."
                raise GraphQLError(message, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})
            else:
                path[child] = local[child].all_spreads()
    return totals


def _total(facts: _Facts, totals: dict[str, _Total]) -> _Total:
    used = [(totals[name], depth, meta) for name, depth, meta in facts.spreads if name in totals]
    sizes = [s.fields + sum(totals[name].top_fields for name in s.spreads if name in totals) for s in facts.sets]
    plain = [depth + total.depth for total, depth, meta in used if not meta]
    hidden = [depth + total.depth for total, depth, meta in used if meta] + [total.meta_depth for total, _, _ in used]
    return _Total(
        aliases=facts.aliases + sum(total.aliases for total, _, _ in used),
        selections=sum(s.fields for s in facts.sets) + sum(total.selections for total, _, _ in used),
        top_fields=sizes[0],
        largest_set=max(sizes),
        depth=max([facts.depth, *plain]),
        meta_depth=max([facts.meta_depth, *hidden]),
        directives=facts.directives,
    )


def _comparisons(definition: Definition, fragments: dict[str, FragmentDefinitionNode]) -> int:
    """Pairs of fields that share a response path, counted by merging the selection sets as execution would."""
    pairs = 0
    groups: list[list[SelectionSetNode]] = [[definition.selection_set]]
    while groups:
        merged: dict[str, list[FieldNode]] = {}
        stack = groups.pop()
        while stack:
            for node in stack.pop().selections:
                if isinstance(node, FieldNode):
                    merged.setdefault((node.alias or node.name).value, []).append(node)
                elif isinstance(node, FragmentSpreadNode):
                    if (fragment := fragments.get(node.name.value)) is not None:
                        stack.append(fragment.selection_set)
                elif (inner := getattr(node, "selection_set", None)) is not None:
                    stack.append(inner)
        for nodes in merged.values():
            pairs += len(nodes) * (len(nodes) - 1) // 2
            below = [node.selection_set for node in nodes if node.selection_set is not None]
            if below:
                groups.append(below)
    return pairs
