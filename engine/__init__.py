"""A compiled executor for GraphQL operations over a graphql-core schema.

    engine = Engine(schema, max_tokens=2000, inspect=limits, analyse=cost, format_error=mask)
    try:
        plan = engine.prepare(document_text, operation_name)
    except RequestRefused as refused:
        ...                                   # refused.errors (GraphQLError), refused.stage
    answer = await engine.execute(plan, variables, context)      # answer.body: the JSON of the response

- `prepare` remembers plans and refusals, bounded in entries and bytes.
- `inspect(document)` runs before validation and raises GraphQLError (or an ExceptionGroup of them) to refuse;
  `analyse(schema, document, operation)` runs once per plan, its result is `plan.analysis`.
- `format_error(error)` makes the JSON of each error of an answer; `answer.errors` holds the errors as raised.
- `subscribe` yields one Answer per event, with a fresh context each; `execute_incrementally` yields Frames.
- A field with `extensions[GUARD] = guard(context) -> GraphQLError | None` is refused before anything of it is read.
- Markers of fields and types: see `engine.markers`; decorators for Strawberry: see `engine.binding`.
"""

from engine.answers import Answer, Frame
from engine.documents import Plan, RequestRefused
from engine.executor import Engine
from engine.known import root_of
from engine.markers import DIALECT, FIELD, GUARD, MEMO, Attribute, Batched, Dialect, Direct, Guard, Memo, Pure
from engine.stats import Stats

__all__ = [
    "DIALECT",
    "FIELD",
    "GUARD",
    "MEMO",
    "Answer",
    "Attribute",
    "Batched",
    "Dialect",
    "Direct",
    "Engine",
    "Frame",
    "Guard",
    "Memo",
    "Plan",
    "Pure",
    "RequestRefused",
    "Stats",
    "root_of",
]
