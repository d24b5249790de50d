"""The directory of users: the address of an account that comes for the first time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from datasources.calls import record
from datasources.deadline import remaining
from domain.errors import Unavailable

_SECONDS = 2.0


class Directory(Protocol):
    """Finds users by the subject of their tokens."""

    async def email_of(self, subject: str) -> str:
        """The user's address, empty when the directory knows none; raises Unavailable."""
        ...

    async def sign_out(self, subject: str) -> None:
        """Ends the refresh tokens of a user, if the directory knows one; raises Unavailable."""
        ...


class CognitoDirectory:
    """Cognito user pools, asked with ListUsers; `client` is an aiobotocore `cognito-idp` client."""

    def __init__(self, client: Any, pool_ids: Sequence[str]) -> None:
        self._client = client
        self._pool_ids = pool_ids

    async def email_of(self, subject: str) -> str:
        for pool_id in self._pool_ids:
            for user in await self._users(pool_id, subject):
                found = {attribute["Name"]: attribute["Value"] for attribute in user.get("Attributes", ())}
                if found.get("sub") == subject:
                    return str(found.get("email", ""))
        return ""

    async def sign_out(self, subject: str) -> None:
        for pool_id in self._pool_ids:
            for user in await self._users(pool_id, subject):
                record("cognito-idp", "AdminUserGlobalSignOut", pool_id, (subject,))
                try:
                    async with asyncio.timeout(min(_SECONDS, remaining())):
                        await self._client.admin_user_global_sign_out(UserPoolId=pool_id, Username=user["Username"])
                except (BotoCoreError, ClientError, TimeoutError, OSError) as error:
                    message = "Access ends, but the user directory could not end the refresh tokens. Try again."
                    raise Unavailable(message, retry_after=1) from error

    async def _users(self, pool_id: str, subject: str) -> Sequence[dict[str, Any]]:
        record("cognito-idp", "ListUsers", pool_id, (subject,))
        # The subject is a verified token's; quotes are taken out all the same, for it stands in a filter.
        quoted = subject.replace('"', "").replace("\\", "")
        try:
            async with asyncio.timeout(min(_SECONDS, remaining())):
                answer = await self._client.list_users(UserPoolId=pool_id, Filter=f'sub = "{quoted}"', Limit=1)
        except (BotoCoreError, ClientError, TimeoutError, OSError) as error:
            raise Unavailable("The user directory did not answer. Try again.", retry_after=1) from error
        users: Sequence[dict[str, Any]] = answer.get("Users", ())
        return users
