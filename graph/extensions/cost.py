"""What an operation may cost, known before it runs: weights of fields times the sizes of the lists they stand in.

A selection costs the weight of its field once, and for each item of its list the weight of the item with all that is
asked of it. Objects weigh 1, scalars nothing, mutations 10, and `@cost` says otherwise. A connection's `first` counts
for its `nodes` and `edges`; a list without a size counts as ASSUMED_SIZE. Where a type is not known yet, the dearest of
the possible ones counts. What depends on variables is compiled once and recomputed for each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
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
    value_from_ast_untyped,
)
from graphql.language import DocumentNode

from engine import root_of
from graph.callers import CallerClass
from graph.extensions.amounts import Amount, Variables, add, multiply, peak
from graph.extensions.limits import too_complex
from graph.extensions.prices import FieldPrice, Size, prices_of

MAX_VISITS = 20_000


class OperationCost(NamedTuple):
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
        amount = analysis.amount
        cost = amount if isinstance(amount, int) else amount(variables)
        if cost > self.budgets[caller] and self.mode == "enforce":
            raise too_complex("cost", cost, self.budgets[caller])
        return cost

    def report(self, cost: int, caller: CallerClass) -> dict[str, Any]:
        """What `extensions.cost` shows."""
        return {"requested": cost, "limit": self.budgets[caller], "mode": self.mode}


def analyse(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> OperationCost:
    """The analysis of a validated operation; raises GraphQLError when its expansion is absurdly large."""
    root = root_of(schema, operation.operation)
    assert root is not None, "validation has refused an operation without a root type"
    walk = _Walk(schema, document, operation)
    amount = walk.selections([operation.selection_set], root, 1, operation.operation is OperationType.MUTATION)
    return OperationCost(amount=amount, introspects=walk.introspects)


class _Walk:
    """One operation's way through the schema; fields that execution merges are counted once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._prices = prices_of(schema)
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
        if len(sets) == 1 and _is_plain(sets[0]):
            nodes = cast("Sequence[FieldNode]", sets[0].selections)
            self._visit(len(nodes))
            return add(self._amounts([[node] for node in nodes], parent, page, mutation))
        shared: dict[str, list[FieldNode]] = {}
        groups = {parent.name: shared}
        seen: set[tuple[str, str]] = set()
        for node in sets:
            self._collect(node, parent, groups, seen)
        amounts = self._amounts(shared.values(), parent, page, mutation)
        if len(groups) > 1:
            del groups[parent.name]
            amounts.append(peak([self._sum(fields, name, page, mutation) for name, fields in groups.items()]))
        return add(amounts)

    def _sum(self, fields: dict[str, list[FieldNode]], name: str, page: Amount, mutation: bool) -> Amount:
        """What the fields cost that are asked of one possible type."""
        parent = self._schema.get_type(name)
        assert parent is not None, "validation knows every type of the document"
        return add(self._amounts(fields.values(), parent, page, mutation))

    def _amounts(
        self, fields: Iterable[list[FieldNode]], parent: GraphQLNamedType, page: Amount, mutation: bool
    ) -> list[Amount]:
        """What the fields cost: all scalars together, and each field with objects."""
        prices = self._prices.of(parent)
        scalars = 0
        found: list[Amount] = []
        for nodes in fields:
            price = prices[nodes[0].name.value]
            if price is None:
                scalars += self._schema_field(nodes)
            elif price.kind is None:
                scalars += price.mutates if mutation else price.own
            else:
                found.append(self._objects(nodes, price, price.kind, page, mutation))
        found.append(scalars)
        return found

    def _visit(self, selections: int) -> None:
        self._visits += selections
        if self._visits > MAX_VISITS:
            raise too_complex("visited selections", MAX_VISITS + 1, MAX_VISITS)

    def _collect(
        self,
        selection_set: SelectionSetNode,
        within: GraphQLNamedType,
        groups: dict[str, dict[str, list[FieldNode]]],
        seen: set[tuple[str, str]],
    ) -> None:
        """Fields by the type they are asked of (a possible type, or the parent for all of them), then by name."""
        here = groups.setdefault(within.name, {})
        self._visit(len(selection_set.selections))
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                if name in here:
                    here[name].append(node)
                else:
                    here[name] = [node]
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
            self._collect(inner, self._narrowed(within, condition), groups, seen)

    def _narrowed(self, within: GraphQLNamedType, condition: Any) -> GraphQLNamedType:
        """An object type narrows; under an interface everything counts for all, which is never too little."""
        found = self._schema.get_type(condition.name.value) if condition is not None else None
        return found if isinstance(found, GraphQLObjectType) else within

    def _schema_field(self, nodes: list[FieldNode]) -> int:
        """`__schema` and `__type`; other fields that no type has cost nothing."""
        name = nodes[0].name.value
        if not name.startswith("__"):
            return 0
        self.introspects = self.introspects or name in ("__schema", "__type")
        return 1 + len(nodes)

    def _objects(
        self, nodes: list[FieldNode], price: FieldPrice, kind: GraphQLNamedType, page: Amount, mutation: bool
    ) -> Amount:
        own = price.mutates if mutation else price.own
        size = page if price.paged else self._items(nodes[0], price.size)
        sets = [item.selection_set for item in nodes if item.selection_set is not None]
        below = self.selections(sets, kind, size if price.connection else 1)
        if price.connection:
            return add([own, price.item, below])
        return add([own, multiply(size, add([price.item, below]))])

    def _items(self, node: FieldNode, size: Size) -> Amount:
        """What the node's argument says of the size."""
        for argument in node.arguments or () if size.argument is not None else ():
            if argument.name.value == size.argument:
                return self._given(argument.value, size)
        return size.usual

    def _given(self, value: Any, size: Size) -> Amount:
        usual, measure = size.usual, size.measure
        if isinstance(value, VariableNode):
            name = value.name.value
            fallback = self._defaults.get(name, Undefined)
            return lambda variables: measure(variables.get(name, fallback), usual)
        if isinstance(value, IntValueNode):
            return measure(int(value.value[:10]), usual)
        if isinstance(value, ListValueNode):
            return measure(value.values, usual)
        return usual


def _is_plain(one: SelectionSetNode) -> bool:
    """Whether it selects nothing but fields, each under a key of its own."""
    nodes: Any = one.selections
    return len({(node.alias or node.name).value for node in nodes if isinstance(node, FieldNode)}) == len(nodes)
