"""The errors a caller can meet, drawn as one tree.

* MarqueeError                carries `code`; the message says what to do
  * UserFault                 a person can fix it: becomes an entry of a payload's `errors`
    * Invalid                 an input field has a value that is not allowed (`path` names it)
      * ClockAhead            an observation dated in the future; carries the time here
    * NotFound                nothing has that id
    * AlreadyExists           the name or slug is taken
    * Conflict                someone saved first; carries the current record
    * LimitReached            a count allowed by the plan is used up
      * StreamLimit           all streams of the plan are in use; carries the live sessions
    * NotEntitled             plan, country, date or profile does not allow it; carries the reason
    * NotAvailable            it was there and is over, such as a stream that another device took
    * NotReady                the item cannot be used yet
    * WrongPin                the PIN does not match; carries the attempts left
  * Refused                   a developer or an operator must fix it: becomes a response error
    * BadRequest, Unauthenticated, Forbidden, RateLimited, TooComplex, CursorExpired
    * Unavailable             a source missed its deadline or is down; may be retried
      * UpstreamThrottled     the source is refusing for load
      * UpstreamInvalid       the source answered nonsense
      * DeadlineExceeded      the operation's own time ran out
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar


class MarqueeError(Exception):
    """The root: `code` is stable and published, `message` says what to do."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UserFault(MarqueeError):
    """Something the person at the keyboard can fix; `path` names the input field, `None` the whole operation."""

    code: ClassVar[str] = "INVALID"

    def __init__(self, message: str, *, path: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.path = tuple(path) if path is not None else None


class Invalid(UserFault):
    """An input field has a value that is not allowed."""


class ClockAhead(Invalid):
    """An observation that is dated in the future by a device's clock; `server_time` is what it is here."""

    code = "CLOCK_AHEAD"

    def __init__(self, message: str, *, server_time: datetime, path: Sequence[str] | None = None) -> None:
        super().__init__(message, path=path)
        self.server_time = server_time


class NotFound(UserFault):
    """Nothing has that id, or the caller may not know of it."""

    code = "NOT_FOUND"


class AlreadyExists(UserFault):
    """The name or slug is taken."""

    code = "ALREADY_EXISTS"


class Conflict(UserFault):
    """Someone saved first; `current` is the record as it is now."""

    code = "CONFLICT"

    def __init__(self, message: str, *, current: Any = None, path: Sequence[str] | None = None) -> None:
        super().__init__(message, path=path)
        self.current = current


class LimitReached(UserFault):
    """A count allowed by the plan is used up."""

    code = "LIMIT_REACHED"


class StreamLimit(LimitReached):
    """All `limit` streams of the plan are in use by `sessions`."""

    def __init__(self, message: str, *, limit: int, sessions: Sequence[Any]) -> None:
        super().__init__(message)
        self.limit = limit
        self.sessions = tuple(sessions)


class NotEntitled(UserFault):
    """Plan, country, date or profile does not allow it: `reason` is an EntitlementReason."""

    code = "NOT_ENTITLED"

    def __init__(
        self, message: str, *, reason: Any, required_plan: Any = None, available_from: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.required_plan = required_plan
        self.available_from = available_from


class NotAvailable(UserFault):
    """It was there and is over, such as a stream that another device took."""

    code = "NOT_AVAILABLE"


class NotReady(UserFault):
    """The item cannot be used yet, for example while it is being transcoded."""

    code = "NOT_READY"


class WrongPin(UserFault):
    """The PIN does not match; after `attempts_left` more it is locked until `locked_until`."""

    code = "WRONG_PIN"

    def __init__(self, message: str, *, attempts_left: int, locked_until: datetime | None = None) -> None:
        super().__init__(message, path=("input", "pin"))
        self.attempts_left = attempts_left
        self.locked_until = locked_until


class Refused(MarqueeError):
    """A developer or an operator must fix it; `retry_after` is in seconds where waiting helps."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadRequest(Refused):
    """The request itself is malformed: an id, a cursor or an argument cannot be read."""

    code = "BAD_REQUEST"


class Unauthenticated(Refused):
    """No valid token."""

    code = "UNAUTHENTICATED"


class Forbidden(Refused):
    """A valid token without the role or scope."""

    code = "FORBIDDEN"


class RateLimited(Refused):
    """The caller's budget is used up."""

    code = "RATE_LIMITED"


class TooComplex(Refused):
    """The document exceeds a limit; the message names it, its value and its maximum."""

    code = "TOO_COMPLEX"


class CursorExpired(Refused):
    """The cursor is older than the list it came from keeps."""

    code = "CURSOR_EXPIRED"


class Unavailable(Refused):
    """A source missed its deadline or is down; may be retried."""

    code = "UNAVAILABLE"


class UpstreamThrottled(Unavailable):
    """The source is refusing for load; may be retried later."""

    code = "UPSTREAM_THROTTLED"


class UpstreamInvalid(Unavailable):
    """The source answered something that is not an answer."""

    code = "UPSTREAM_INVALID"


class DeadlineExceeded(Unavailable):
    """The operation's own time ran out."""

    code = "DEADLINE_EXCEEDED"
