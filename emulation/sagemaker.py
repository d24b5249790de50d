"""The SageMaker runtime: passes invocations of the one endpoint on to the recommender and its answers back."""

from __future__ import annotations

import asyncio

import aiohttp

from emulation.asgi import Receive, Reply, Scope, Send, header, json_reply, read_body, send_reply
from emulation.state import CloudState

DEFAULT_VARIANT = "AllTraffic"
_MAXIMUM_BODY = 6 * 1024 * 1024
_DEADLINE = aiohttp.ClientTimeout(total=60, connect=2)
_PASSED = (b"content-type", b"accept", b"x-amzn-sagemaker-custom-attributes", b"x-amzn-sagemaker-inference-id")
_RETURNED = ("Content-Type", "X-Amzn-SageMaker-Custom-Attributes")
_THROUGH = frozenset({429, 503})
"""Statuses of the model that reach the caller as they are: it is overloaded or not ready."""


class SageMakerRuntime:
    """An ASGI app for `POST /endpoints/{name}/invocations`."""

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._faults = state.faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._state.calls["sagemaker.InvokeEndpoint"] += 1
        body = await read_body(receive)
        rules = self._faults.of("sagemaker", "InvokeEndpoint", ())
        await asyncio.sleep(sum(rule.latency_ms for rule in rules) / 1000)
        if any(rule.down == "hang" for rule in rules):
            while (await receive())["type"] != "http.disconnect":
                continue
            return
        if any(rule.down == "error" for rule in rules):
            reply = _error(500, "InternalFailure", "The request processing has failed.")
        elif any(self._faults.happens(rule.throttle) for rule in rules):
            reply = _error(429, "ThrottlingException", "Rate exceeded")
        else:
            reply = await self._reply(scope, body)
        if any(self._faults.happens(rule.garbage) for rule in rules):
            reply = Reply(200, reply.headers, b"<html>not a recommendation</html>")
        await send_reply(send, reply)

    async def _reply(self, scope: Scope, body: bytes) -> Reply:
        name = scope["path"].removeprefix("/endpoints/").removesuffix("/invocations")
        if scope["method"] != "POST" or name != self._state.sagemaker_endpoint_name:
            return _error(400, "ValidationError", f"Endpoint {name} of account 000000000000 not found.")
        if len(body) > _MAXIMUM_BODY:
            return _error(413, "ValidationError", f"The body exceeds {_MAXIMUM_BODY} bytes.")
        variants = self._state.recommender_urls
        if not variants:
            return _error(503, "ServiceUnavailable", "No recommender: POST its address to /_marquee/recommender.")
        variant = header(scope, b"x-amzn-sagemaker-target-variant") or next(iter(variants))
        if variant not in variants:
            return _error(400, "ValidationError", f"Variant {variant} not found for endpoint {name}.")
        return await self._invoke(variants[variant], scope, body, variant)

    async def _invoke(self, url: str, scope: Scope, body: bytes, variant: str) -> Reply:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _PASSED}
        try:
            async with (
                aiohttp.ClientSession(timeout=_DEADLINE) as session,
                session.post(f"{url}/invocations", data=body, headers=headers) as answer,
            ):
                return _answer(answer, await answer.read(), variant)
        except (aiohttp.ClientError, TimeoutError) as error:
            return _model_error(500, f"The model container did not answer: {type(error).__name__}")


def _answer(answer: aiohttp.ClientResponse, body: bytes, variant: str) -> Reply:
    if answer.status in _THROUGH:
        name = "ThrottlingException" if answer.status == 429 else "ServiceUnavailable"
        return _error(answer.status, name, body.decode("utf-8", "replace")[:1024])
    if answer.status != 200:
        return _model_error(answer.status, body.decode("utf-8", "replace")[:1024])
    headers = [(b"x-amzn-invoked-production-variant", variant.encode())]
    for name in _RETURNED:
        if name in answer.headers:
            headers.append((name.lower().encode(), answer.headers[name].encode("latin-1")))
    return Reply(200, headers, body)


def _error(status: int, name: str, message: str) -> Reply:
    reply = json_reply(status, {"message": message})
    reply.headers.append((b"x-amzn-errortype", name.encode()))
    return reply


def _model_error(status: int, message: str) -> Reply:
    told = {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if status < 500 else "SERVER_ERROR_FROM_MODEL",
        "Message": f"Received error ({status}) from model with message {message!r}.",
        "OriginalMessage": message,
        "OriginalStatusCode": status,
        "LogStreamArn": "",
    }
    reply = json_reply(424, told)
    reply.headers.append((b"x-amzn-errortype", b"ModelError"))
    return reply
