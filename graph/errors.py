"""Errors as data: what the person at the keyboard can fix stands in a payload's `errors`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, cast

import strawberry

from domain.entitlement import EntitlementReason
from domain.errors import ClockAhead, NotEntitled, StreamLimit, UserFault, WrongPin
from graph.enums import described
from graph.types.membership import Plan
from graph.types.playback import PlaybackSession


class UserErrorCode(Enum):
    """The codes that people can act on."""

    INVALID = "INVALID"
    CLOCK_AHEAD = "CLOCK_AHEAD"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    CONFLICT = "CONFLICT"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOT_ENTITLED = "NOT_ENTITLED"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    NOT_READY = "NOT_READY"
    WRONG_PIN = "WRONG_PIN"
    PAYMENT_FAILED = "PAYMENT_FAILED"


described(
    UserErrorCode,
    "What kind of mistake it is. Codes may be added.",
    {
        UserErrorCode.INVALID: "A value is not allowed.",
        UserErrorCode.CLOCK_AHEAD: "Something is dated in the future: the device's clock is wrong.",
        UserErrorCode.REQUIRED: "A value is missing.",
        UserErrorCode.NOT_FOUND: "Nothing has that id.",
        UserErrorCode.ALREADY_EXISTS: "The name is taken.",
        UserErrorCode.CONFLICT: "Someone saved first: read again and repeat.",
        UserErrorCode.LIMIT_REACHED: "A count of the plan is used up.",
        UserErrorCode.NOT_ENTITLED: "Plan, country, date or profile does not allow it.",
        UserErrorCode.NOT_AVAILABLE: "It is over.",
        UserErrorCode.NOT_READY: "It cannot be used yet.",
        UserErrorCode.WRONG_PIN: "The PIN does not match.",
        UserErrorCode.PAYMENT_FAILED: "The payment provider declined.",
    },
)


@strawberry.interface(
    description=(
        "Something the person at the keyboard can fix. New kinds may be added: always select `message` and `code`."
    )
)
class UserError:
    """Of a `domain.errors.UserFault`."""

    message: str = strawberry.field(description="Plain words, fit to be shown.")
    code: UserErrorCode = strawberry.field(description="What kind of mistake it is.")
    path: list[str] | None = strawberry.field(
        description='The input field at fault: ["input", "pin"]; null when it is the whole operation.'
    )

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _type: Any) -> str:
        return _type_name(value)


class _Concrete:
    """Every concrete error is told by the class of its fault."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Told) and _type_name(value) == cls.__name__


@strawberry.type(description="The common error, fully told by its code and message.")
class InputError(UserError, _Concrete):
    """Of any fault without more to tell."""


@strawberry.type(description="All streams of the plan are in use: stop one, or send its id as `replaceSessionId`.")
class StreamLimitError(UserError, _Concrete):
    """Of `domain.errors.StreamLimit`."""

    limit: int = strawberry.field(description="How many streams the plan has.")
    active_sessions: list[PlaybackSession] = strawberry.field(description="Who is streaming, oldest first.")


@strawberry.type(description="The plan, the country, the date or the profile does not allow it.")
class EntitlementError(UserError, _Concrete):
    """Of `domain.errors.NotEntitled`."""

    reason: EntitlementReason = strawberry.field(description="Which of them.")
    required_plan: Plan | None = strawberry.field(description="The cheapest plan that allows it.")
    available_from: datetime | None = strawberry.field(description="When it will be offered.")


@strawberry.type(description="The PIN does not match.")
class PinError(UserError, _Concrete):
    """Of `domain.errors.WrongPin`."""

    attempts_left: int = strawberry.field(description="How many wrong PINs remain before the profile is locked.")
    locked_until: datetime | None = strawberry.field(description="No PIN is looked at before then.")


@strawberry.type(description="What a device saw is dated in the future; nothing was changed.")
class ClockError(UserError, _Concrete):
    """Of `domain.errors.ClockAhead`."""

    server_time: datetime = strawberry.field(
        description="What time it is here: reckon the device's clock from it and send the same again."
    )


ERROR_TYPES = (InputError, StreamLimitError, EntitlementError, PinError, ClockError)
"""What fields reach through the interface only."""

_NAMES = {
    StreamLimit: "StreamLimitError",
    NotEntitled: "EntitlementError",
    WrongPin: "PinError",
    ClockAhead: "ClockError",
}


def _type_name(value: Any) -> str:
    return _NAMES.get(type(value.fault), "InputError")


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as the error types read it: attributes of theirs that it does not have come from the fault."""

    fault: UserFault

    @property
    def message(self) -> str:
        return self.fault.message

    @property
    def code(self) -> UserErrorCode:
        return UserErrorCode(self.fault.code)

    @property
    def path(self) -> list[str] | None:
        return None if self.fault.path is None else list(self.fault.path)

    @property
    def active_sessions(self) -> Any:
        return cast("Any", self.fault).sessions

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fault, name)


def mutation(payload: type[Any], **options: Any) -> Any:
    """A mutation whose faults become the `errors` of its payload; everything else goes on and is masked."""

    def wrap(resolver: Callable[..., Awaitable[Any]]) -> Any:
        @wraps(resolver)
        async def resolve(*args: Any, **arguments: Any) -> Any:
            try:
                return await resolver(*args, **arguments)
            except UserFault as fault:
                return payload(errors=[Told(fault)])

        return strawberry.mutation(resolver=resolve, **options)

    return wrap
