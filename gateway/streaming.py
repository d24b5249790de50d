"""Opens the streams of an operation: subscriptions and incremental answers, as events or as multipart."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import cast

from datasources.deadline import restart
from engine import Answer, Frame
from gateway import multipart, sse
from gateway.events import answers
from gateway.faults import FormatError
from gateway.frames import frames
from gateway.negotiation import Offer
from gateway.operations import Operations, Prepared
from gateway.requester import Requester
from gateway.streams import Closing, Pace, Part, Stream

FIRST_EVENT_SECONDS = 0.25
"""How long the head of a subscription is held back, so that a refusal can still have a status of its own."""


class Streaming:
    """One per process."""

    def __init__(self, operations: Operations, *, pace: Pace, closing: Closing, format_error: FormatError) -> None:
        self._operations = operations
        self._pace = pace
        self._format_error = format_error
        self.closing = closing

    async def subscription(
        self, offer: Offer, prepared: Prepared, requester: Requester, seconds: float
    ) -> Stream | Answer:
        """A stream of events that ends with the token, or the answer that says why there is none."""
        operations = self._operations
        parts = answers(
            operations.engine,
            prepared,
            lambda: operations.new_context(requester),
            seconds=seconds,
            format_error=self._format_error,
        )
        lifetime = min(self._pace.lifetime, requester.expires_at - time.time())
        framing = sse.EVENTS if offer.events else multipart.SUBSCRIPTION
        stream = Stream(cast("AsyncGenerator[Part]", parts), framing, replace(self._pace, lifetime=lifetime))
        first = await stream.peek(FIRST_EVENT_SECONDS)
        if isinstance(first, Answer) and first.request_error:
            await stream.close()
            return first
        return stream

    async def incremental(
        self, offer: Offer, prepared: Prepared, requester: Requester, seconds: float
    ) -> Stream | Answer:
        """A stream of frames within the operation's time, or the whole answer when nothing was put off."""
        framing = sse.EVENTS if offer.events else multipart.INCREMENTAL
        stream = Stream(self._frames(prepared, requester, seconds), framing, replace(self._pace, lifetime=seconds))
        first = await stream.peek(seconds)
        if isinstance(first, Frame) and not first.has_next:
            await stream.close()
            refused = not first.body.startswith(b'{"data"')
            return Answer(first.body, first.errors, request_error=refused)
        return stream

    async def _frames(self, prepared: Prepared, requester: Requester, seconds: float) -> AsyncGenerator[Part]:
        operations = self._operations
        end = time.monotonic() + seconds
        async with aclosing(frames(operations.engine, prepared, operations.new_context(requester))) as source:
            async for frame in source:
                yield frame
                restart(end - time.monotonic())
