"""Every call that the gateway makes, as lean as it can be: no service model, no parser between JSON and the values."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson

from datasources.dependency import Dependencies
from datasources.dynamo.client import Client
from datasources.dynamo.database import CallDatabase
from datasources.dynamo.failures import refused
from datasources.dynamo.options import Options
from datasources.dynamo.requests import Request
from datasources.dynamo.values import decode_item_in_place


class SlimDatabase(CallDatabase):
    """Implements datasources.dynamodb.Database with `client`."""

    def __init__(self, client: Client, options: Options, guards: Dependencies) -> None:
        super().__init__(options, guards, decode_item_in_place)
        self._client = client

    async def _send(self, operation: str, request: Request) -> dict[str, Any]:
        try:
            body = orjson.dumps(request, default=_binary)
        except orjson.JSONEncodeError as error:  # half a surrogate pair, which no UTF-8 has
            raise refused() from error
        return await self._client.call(operation, body)


def _binary(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"no JSON for {type(value).__name__}")
