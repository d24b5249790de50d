"""What staff are told of a mistake in a document where suggestions are off: the same errors, with what may be meant.

Plans and refusals are remembered for all callers together, without suggestions; for staff a refused document is
validated once more.
"""

from __future__ import annotations

from collections.abc import Callable

from graphql import GraphQLError, GraphQLSchema, parse, specified_rules, validate

from engine import RequestRefused
from engine.markers import dialect_of
from gateway.masking import SUGGESTS

Hints = Callable[[str, RequestRefused], RequestRefused]
"""The refusal of a document's text by validation, with suggestions."""


def hints(schema: GraphQLSchema, *, maximum: int) -> Hints:
    """Suggests for the first `maximum` errors, which is how many an answer shows: each is looked for in all names."""
    rules = [*specified_rules, *dialect_of(schema).rules]

    def hinted(source: str, refused: RequestRefused) -> RequestRefused:
        found = validate(schema, parse(source), rules, max_errors=maximum)[:maximum]
        for error in found:
            error.extensions = {SUGGESTS: True}
        rest: list[GraphQLError] = refused.errors[len(found) :]
        return RequestRefused([*found, *rest], refused.stage)

    return hinted
