"""What an operation may cost, known before it runs: weights of fields times the sizes of the lists they stand in.

A selection costs the weight of its field once, and for each item of its list the weight of the item with all that is
asked of it. Objects weigh 1, scalars nothing, mutations 10, and `@cost` says otherwise. A connection's `first` counts
for its `nodes` and `edges`; a list without a size counts as ASSUMED_SIZE. Where a type is not known yet, the dearest of
the possible ones counts. What depends on variables is compiled once and recomputed for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    value_from_ast_untyped,
)
from graphql.language import DocumentNode

from graph.callers import CallerClass
from graph.directives import Cost
from graph.extensions.amounts import Amount, Variables, add, clamp, length, multiply, peak
from graph.extensions.limits import too_complex

ASSUMED_SIZE = 5
"""The items of a list that has no page argument; such lists are short by design."""
DEFAULT_PAGE = 20
MUTATION_WEIGHT = 10
MAX_VISITS = 20_000

_SIZES = ("first", "last", "count", "limit")
_PAGED = frozenset({"nodes", "edges"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCost:
    """The analysis of one operation: its cost as a function of the variables, and whether it asks for the schema."""

    amount: Amount
    introspects: bool

    def of(self, variables: Variables) -> int:
        """The cost with these variables, raw as the client sent them."""
        return self.amount if isinstance(self.amount, int) else self.amount(variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLimits:
    """The budget of one operation by caller; `measure` computes and never refuses."""

    budgets: Mapping[CallerClass, int] = field(
        default_factory=lambda: {
            CallerClass.ANONYMOUS: 5_000,
            CallerClass.VIEWER: 10_000,
            CallerClass.PARTNER: 20_000,
            CallerClass.STAFF: 50_000,
        }
    )
    mode: Literal["enforce", "measure"] = "enforce"
    introspection: frozenset[CallerClass] = frozenset(CallerClass)
    """Who may ask for the schema."""

    def check(self, analysis: OperationCost, variables: Variables, caller: CallerClass) -> int:
        """The cost; raises GraphQLError: TOO_COMPLEX above the caller's budget, FORBIDDEN for introspection."""
        if analysis.introspects and caller not in self.introspection:
            raise GraphQLError(
                "Introspection is for staff here. Use the published schema file.", extensions={"code": "FORBIDDEN"}
            )
        cost = analysis.of(variables)
        if cost > self.budgets[caller] and self.mode == "enforce":
            raise too_complex("cost", cost, self.budgets[caller])
        return cost

    def report(self, cost: int, caller: CallerClass) -> dict[str, Any]:
        """What `extensions.cost` shows."""
        return {"requested": cost, "limit": self.budgets[caller], "mode": self.mode}


def analyse(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> OperationCost:
    """The analysis of a validated operation; raises GraphQLError when its expansion is absurdly large."""
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation has refused an operation without a root type"
    walk = _Walk(schema, document, operation)
    amount = walk.selections([operation.selection_set], root, 1, operation.operation is OperationType.MUTATION)
    return OperationCost(amount=amount, introspects=walk.introspects)


def _weight(extensions: Mapping[str, Any]) -> int | None:
    definition = extensions.get("strawberry-definition")
    found = [item for item in getattr(definition, "directives", None) or () if isinstance(item, Cost)]
    return found[0].weight if found else None


class _Walk:
    """One operation's way through the schema; fields that execution merges are counted once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        self._visits = 0
        self.introspects = False

    def selections(
        self, sets: Sequence[SelectionSetNode], parent: GraphQLNamedType, page: Amount, mutation: bool = False
    ) -> Amount:
        """What one object of `parent` costs; `page` is the size of its `nodes` and `edges`."""
        groups: dict[str, dict[str, list[FieldNode]]] = {parent.name: {}}
        seen: set[tuple[str, str]] = set()
        for node in sets:
            self._collect(node, parent, parent, groups, seen)
        sums = {
            name: add([self._field(nodes, self._type(name), page, mutation) for nodes in fields.values()])
            for name, fields in groups.items()
        }
        shared = sums.pop(parent.name)
        return add([shared, peak(list(sums.values()))])

    def _collect(
        self,
        selection_set: SelectionSetNode,
        within: GraphQLNamedType,
        parent: GraphQLNamedType,
        groups: dict[str, dict[str, list[FieldNode]]],
        seen: set[tuple[str, str]],
    ) -> None:
        """Fields by the type they are asked of (a possible type of `parent`, or `parent` for all), then by name."""
        for node in selection_set.selections:
            self._visits += 1
            if self._visits > MAX_VISITS:
                raise too_complex("visited selections", self._visits, MAX_VISITS)
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                groups.setdefault(within.name, {}).setdefault(name, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                if fragment is None or (within.name, node.name.value) in seen:
                    continue
                seen.add((within.name, node.name.value))
                condition, inner = fragment.type_condition, fragment.selection_set
            else:
                inline = cast("Any", node)
                condition, inner = inline.type_condition, inline.selection_set
            self._collect(inner, self._narrowed(within, condition), parent, groups, seen)

    def _narrowed(self, within: GraphQLNamedType, condition: Any) -> GraphQLNamedType:
        """An object type narrows; under an interface everything counts for all, which is never too little."""
        found = self._schema.get_type(condition.name.value) if condition is not None else None
        return found if isinstance(found, GraphQLObjectType) else within

    def _type(self, name: str) -> GraphQLNamedType:
        found = self._schema.get_type(name)
        assert found is not None, "validation knows every type of the document"
        return found

    def _field(self, nodes: list[FieldNode], parent: GraphQLNamedType, page: Amount, mutation: bool) -> Amount:
        node = nodes[0]
        name = node.name.value
        if name.startswith("__"):
            self.introspects = self.introspects or name in ("__schema", "__type")
            return 0 if name == "__typename" else 1 + len(nodes)
        definition = self._definition(parent, name)
        if definition is None:
            return 0
        explicit = _weight(definition.extensions)
        own = explicit if explicit is not None else MUTATION_WEIGHT if mutation else 0
        kind = get_named_type(definition.type)
        if not is_composite_type(kind):
            return own
        sets = [item.selection_set for item in nodes if item.selection_set is not None]
        if _is_connection(kind):
            return add([own, 1, self.selections(sets, kind, self._size(node, definition))])
        inner = self.selections(sets, kind, 1)
        weight = _weight(kind.extensions)
        if name in _PAGED and _is_connection(parent):
            wrapper = name == "edges" and weight is None
            return add([own, multiply(page, add([0 if wrapper else weight or 1, inner]))])
        items: Amount = self._size(node, definition) if _is_list(definition) else 1
        return add([own, multiply(items, add([1 if weight is None else weight, inner]))])

    def _definition(self, parent: GraphQLNamedType, name: str) -> GraphQLField | None:
        """The field; one that was collected for all types of an interface may be known to its possible types alone."""
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        if name in fields:
            return fields[name]
        possible = self._schema.get_possible_types(cast("Any", parent)) if is_composite_type(parent) else ()
        known = [type_.fields[name] for type_ in possible if name in type_.fields]
        return max(known, key=lambda item: _weight(item.extensions) or 0, default=None)

    def _size(self, node: FieldNode, definition: GraphQLField) -> Amount:
        """Items of the list: its page argument, or as many as the ids that were given, or an assumption."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in _SIZES:
            if name in definition.args:
                default = definition.args[name].default_value
                usual = default if isinstance(default, int) else DEFAULT_PAGE
                return self._amount(given.get(name), usual, clamp)
        for name, argument in definition.args.items():
            if is_list_type(argument.type.of_type if is_non_null_type(argument.type) else argument.type):
                return self._amount(given.get(name), ASSUMED_SIZE, length)
        return DEFAULT_PAGE if _is_connection(get_named_type(definition.type)) else ASSUMED_SIZE

    def _amount(self, value: Any, usual: int, measure: Callable[[Any, int], int]) -> Amount:
        if isinstance(value, VariableNode):
            name = value.name.value
            fallback = self._defaults.get(name, Undefined)
            return lambda variables: measure(variables.get(name, fallback), usual)
        if isinstance(value, IntValueNode):
            return measure(int(value.value[:10]), usual)
        if isinstance(value, ListValueNode):
            return measure(value.values, usual)
        return usual


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _is_connection(kind: GraphQLNamedType | GraphQLCompositeType) -> bool:
    return kind.name.endswith("Connection") and not _PAGED.isdisjoint(getattr(kind, "fields", {}))
