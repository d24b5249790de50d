"""Teaches the full client the corrected clock: botocore signs by this machine's alone and gives up when it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SIGV4_TIMESTAMP, SigV4Auth

from datasources.dynamo.failures import SKEWED
from datasources.dynamo.signing import Clock

SIGNATURE = "marquee-v4"
"""The name under which botocore finds the signature that follows our clock."""


class CorrectedAuth(SigV4Auth):  # type: ignore[misc]
    """Signature Version 4 by the clock in the request's context."""

    def _modify_request_before_signing(self, request: Any) -> None:
        moment = datetime.fromtimestamp(request.context["clock"].now(), UTC)
        request.context["timestamp"] = moment.strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)


def follow(client: Any, clock: Clock) -> None:
    """Makes the DynamoDB `client` sign by `clock`, and correct it and try again at once when it is refused for it."""
    AUTH_TYPE_MAPS.setdefault(SIGNATURE, CorrectedAuth)

    def choose(**_: Any) -> str:
        return SIGNATURE

    def hand_over(request: Any, **_: Any) -> None:
        request.context["clock"] = clock

    def correct(response: Any, attempts: int, **_: Any) -> float | None:
        if response is None or attempts > 1 or response[1].get("Error", {}).get("Code") not in SKEWED:
            return None
        return 0.0 if clock.correct(response[0].headers.get("date", "")) else None

    events = client.meta.events
    events.register("choose-signer.dynamodb", choose)
    events.register("before-sign.dynamodb", hand_over)
    events.register("needs-retry.dynamodb", correct)
