"""What a failed DynamoDB call means for the caller: AWS's error codes mapped to the domain's errors."""

from __future__ import annotations

from domain.errors import Unavailable, UpstreamInvalid, UpstreamThrottled

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes with which a service refuses for now: those of the SDK's standard retry mode, and a conflict of writers."""

TRANSIENT = frozenset({"InternalServerError", "PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException"})
"""Codes of a service that is in trouble for a moment."""

SKEWED = frozenset({"InvalidSignatureException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
"""Codes that a wrong clock on our side can cause."""

STALE_KEYS = frozenset({"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"})
"""Codes of keys that were good once: ask the provider again."""

_TRY_AGAIN = "The data store cannot be reached. Try again in a moment."


class Rejected(Exception):
    """An error answer as it came: the cause behind a mapped error, for the log alone."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.detail = message


class RequestRefused(UpstreamInvalid):
    """The store is well and refused this one request: a fault of ours, or a caller's forged cursor."""


def down(error: BaseException) -> bool:
    """Whether an error speaks against the store rather than against the request: what a breaker counts."""
    return isinstance(error, Unavailable) and not isinstance(error, RequestRefused)


def refusal(status: int, code: str) -> Unavailable:
    """The domain error for an error answer: load, trouble of the service, or a request that it will never take."""
    if code in THROTTLED:
        return throttled()
    if status >= 500 or code in TRANSIENT:
        return unreachable()
    return refused()


def refused() -> RequestRefused:
    """The store will never take this request."""
    return RequestRefused("The data store refused the request.")


def throttled() -> UpstreamThrottled:
    """The store refuses for load."""
    return UpstreamThrottled("The data store is refusing for load. Try again in a moment.", retry_after=1.0)


def unreachable() -> Unavailable:
    """The store did not answer in time, or not at all."""
    return Unavailable(_TRY_AGAIN, retry_after=1.0)


def nonsense() -> UpstreamInvalid:
    """The store answered something that is not an answer."""
    return UpstreamInvalid("The data store gave an answer that cannot be read. Try again in a moment.")
