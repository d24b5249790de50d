"""Which kind of operation can travel by which method and be answered in which form."""

from __future__ import annotations

from gateway.negotiation import RESPONSE_JSON, Offer
from gateway.operations import Prepared
from gateway.statuses import Case, Rejected


def check_way(prepared: Prepared, offer: Offer, method: str) -> None:
    """Raises Rejected: 405 for a mutation by GET, 406 where what was asked for cannot be sent as Accept wants it."""
    plan = prepared.plan
    if plan.operation == "mutation" and method == "GET":
        raise Rejected(Case.METHOD, "GET runs queries alone. Send mutations by POST.", headers=[(b"allow", b"POST")])
    if offer.events:
        return
    if plan.operation == "subscription":
        if not (offer.multipart and offer.subscriptions):
            message = "A subscription needs Accept: text/event-stream, or a WebSocket with graphql-transport-ws."
            raise Rejected(Case.NOT_ACCEPTABLE, message)
    elif plan.incremental:
        if not offer.multipart:
            message = "Operation uses @defer or @stream: send Accept: multipart/mixed."
            raise Rejected(Case.NOT_ACCEPTABLE, message)
    elif offer.json is None:
        raise Rejected(Case.NOT_ACCEPTABLE, f"The answer is one JSON object: send Accept: {RESPONSE_JSON}.")
