"""The whole Database over aiobotocore: complete and proven, but slow; behind a proxy, and the oracle of the tests."""

from __future__ import annotations

import asyncio
from binascii import crc32
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from datasources.deadline import exceeded, remaining
from datasources.dependency import Dependencies
from datasources.dynamo.database import CallDatabase
from datasources.dynamo.failures import nonsense, unreachable
from datasources.dynamo.options import Options
from datasources.dynamo.rejections import rejection
from datasources.dynamo.requests import Request
from datasources.dynamo.values import decode_item
from datasources.dynamodb import ConditionFailed, TransactionFailed
from domain.errors import Unavailable

_METHODS = {
    "GetItem": "get_item",
    "BatchGetItem": "batch_get_item",
    "Query": "query",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "TransactWriteItems": "transact_write_items",
    "BatchWriteItem": "batch_write_item",
}


class AioDatabase(CallDatabase):
    """Implements datasources.dynamodb.Database with a DynamoDB client of aiobotocore."""

    def __init__(self, client: Any, options: Options, guards: Dependencies) -> None:
        super().__init__(options, guards, decode_item)
        self._client = client
        client.meta.events.register("after-call.dynamodb", _refuse_nonsense)

    async def _send(self, operation: str, request: Request) -> dict[str, Any]:
        left = remaining()
        if left <= 0:
            raise exceeded()
        limit = self._options.call_seconds
        try:
            async with asyncio.timeout(min(left, limit)):
                answer: dict[str, Any] = await getattr(self._client, _METHODS[operation])(**request)
                return answer
        except TimeoutError as error:
            raise exceeded() if left <= limit else unreachable() from error
        except ClientError as error:
            raise _from_client_error(error) from error
        except ResponseParserError as error:
            raise nonsense() from error
        except (BotoCoreError, OSError, RuntimeError) as error:  # RuntimeError: renewed keys that have expired already
            raise unreachable() from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # the parser met an answer of no known form
            raise nonsense() from error


def _from_client_error(error: ClientError) -> Unavailable | ConditionFailed | TransactionFailed:
    response: dict[str, Any] = dict(error.response)
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    return rejection(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400), code, message, response)


async def _refuse_nonsense(http_response: Any, **_: Any) -> None:
    """botocore takes a 200 that is cut, garbled or no JSON for an empty answer: a silent loss, so refuse it here."""
    if http_response.status_code != 200:
        return
    body: bytes = await http_response.content
    checksum = http_response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(body)):
        raise nonsense()
    try:
        if not isinstance(orjson.loads(body), dict):
            raise nonsense()
    except ValueError as error:
        raise nonsense() from error
