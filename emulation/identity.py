"""The embedded user pools: viewers and staff, their web clients, a partner's machine client, and the demo users."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from emulation.environment import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from emulation.outputs import IdentityOutputs, Outputs, PartnerOutputs, PoolOutputs, UserOutputs

RESOURCE_SERVER = "marquee"
SCOPES = ("catalog:read", "availability:read")
PASSWORD = "Marquee-demo-1"
"""Of every demo user; it opens nothing but the embedded cloud."""

CALLBACK_PATHS = ("/", "/graphql", "/player", "/callback")
"""Where the pages come back to after sign-in, on any loopback port."""

_TOKEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A documented user; `group` is the staff group."""

    persona: str
    username: str
    name: str
    staff: bool = False
    group: str | None = None


USERS = (
    DemoUser(persona="viewer", username="viewer", name="Vera Viewer"),
    DemoUser(persona="second", username="second", name="Sam Second"),
    DemoUser(persona="kid", username="kid", name="The Kid Household"),
    DemoUser(persona="editor", username="editor", name="Edda Editor", staff=True, group="editor"),
    DemoUser(persona="admin", username="admin", name="Ada Admin", staff=True, group="admin"),
)
PERSONAS = (*(user.persona for user in USERS), "partner")


class TokenNotIssued(Exception):
    """The token endpoint refused or could not be reached; the message says which and why."""


def email_of(username: str) -> str:
    """The demo user's address, in a domain that can never receive mail."""
    return f"{username}@marquee.example"


def provision_identity(endpoint_url: str) -> IdentityOutputs:
    """Creates what is missing; blocking, so off the event loop that serves `endpoint_url`."""
    with closing(_cognito(endpoint_url)) as cognito:
        viewers = _pool(cognito, "marquee-viewers")
        staff = _pool(cognito, "marquee-staff")
        for group in ("editor", "admin"):
            _group(cognito, staff, group)
        subjects = {user: _user(cognito, staff if user.staff else viewers, user) for user in USERS}
        _resource_server(cognito, viewers)
        return IdentityOutputs(
            viewer_pool=_pool_outputs(endpoint_url, viewers, _web_client(cognito, viewers)),
            staff_pool=_pool_outputs(endpoint_url, staff, _web_client(cognito, staff)),
            partner=_partner(cognito, viewers, endpoint_url),
            users=tuple(
                UserOutputs(persona=user.persona, username=user.username, password=PASSWORD, subject=subject)
                for user, subject in subjects.items()
            ),
        )


def token_for(outputs: Outputs, persona: str) -> str:
    """A fresh access token of that persona of a running cloud; raises ValueError or TokenNotIssued."""
    if persona not in PERSONAS:
        raise ValueError(f"No persona {persona!r}: it is one of {', '.join(PERSONAS)}.")
    if persona == "partner":
        return _partner_token(outputs.partner)
    user = next(user for user in USERS if user.persona == persona)
    return _user_token(outputs.endpoint_url, outputs.staff_pool if user.staff else outputs.viewer_pool, user)


def _partner_token(partner: PartnerOutputs) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": partner.client_id,
        "client_secret": partner.client_secret,
        "scope": " ".join(f"{RESOURCE_SERVER}/{scope}" for scope in partner.scopes),
    }
    answer = _post(partner.token_url, urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
    return str(answer["access_token"])


def _user_token(endpoint_url: str, pool: PoolOutputs, user: DemoUser) -> str:
    wish = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": pool.client_id,
        "AuthParameters": {"USERNAME": user.username, "PASSWORD": PASSWORD},
    }
    answer = _post(
        f"{endpoint_url}/",
        json.dumps(wish).encode(),
        "application/x-amz-json-1.1",
        {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def _post(url: str, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type, **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=_TOKEN_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise TokenNotIssued(f"The token endpoint refused ({error.code}): {error.read(500).decode()}") from error
    except OSError as error:
        raise TokenNotIssued(f"No cloud answers at {url}: {error}. Is the demo running?") from error


def _cognito(endpoint_url: str) -> Any:
    return boto3.client(
        "cognito-idp",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2}),
    )


def _pool(cognito: Any, name: str) -> str:
    """The pool's id; new pools get the house's password rule and a sign-in domain."""
    for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
        if pool["Name"] == name:
            return str(pool["Id"])
    pool_id: str = cognito.create_user_pool(
        PoolName=name,
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireUppercase": True, "RequireNumbers": True}},
        AutoVerifiedAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
    )["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain=name, UserPoolId=pool_id)
    return pool_id


def _group(cognito: Any, pool_id: str, name: str) -> None:
    if name not in {group["GroupName"] for group in cognito.list_groups(UserPoolId=pool_id)["Groups"]}:
        cognito.create_group(GroupName=name, UserPoolId=pool_id)


def _user(cognito: Any, pool_id: str, user: DemoUser) -> str:
    """The `sub` of the user, who is confirmed and has the documented password and group."""
    attributes = {"email": email_of(user.username), "name": user.name}
    try:
        found = cognito.admin_get_user(UserPoolId=pool_id, Username=user.username)["UserAttributes"]
    except cognito.exceptions.UserNotFoundException:
        found = cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=user.username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )["User"]["Attributes"]
        cognito.admin_set_user_password(UserPoolId=pool_id, Username=user.username, Password=PASSWORD, Permanent=True)
        if user.group is not None:
            cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=user.username, GroupName=user.group)
    return next(str(entry["Value"]) for entry in found if entry["Name"] == "sub")


def _resource_server(cognito: Any, pool_id: str) -> None:
    servers = cognito.list_resource_servers(UserPoolId=pool_id, MaxResults=50)["ResourceServers"]
    if RESOURCE_SERVER not in {server["Identifier"] for server in servers}:
        cognito.create_resource_server(
            UserPoolId=pool_id,
            Identifier=RESOURCE_SERVER,
            Name="Marquee",
            Scopes=[{"ScopeName": scope, "ScopeDescription": scope} for scope in SCOPES],
        )


def _client(cognito: Any, pool_id: str, name: str, **options: Any) -> dict[str, Any]:
    clients: Iterable[dict[str, Any]] = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)[
        "UserPoolClients"
    ]
    for client in clients:
        if client["ClientName"] == name:
            found = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])
            return dict(found["UserPoolClient"])
    made = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=name, **options)
    return dict(made["UserPoolClient"])


def _web_client(cognito: Any, pool_id: str) -> str:
    """The public client of the pages: code with PKCE for browsers, password for the command line."""
    client = _client(
        cognito,
        pool_id,
        "marquee-web",
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        SupportedIdentityProviders=["COGNITO"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        AllowedOAuthFlowsUserPoolClient=True,
        CallbackURLs=[f"http://localhost{path}" for path in CALLBACK_PATHS],
        AccessTokenValidity=60,
        TokenValidityUnits={"AccessToken": "minutes"},
        PreventUserExistenceErrors="ENABLED",
    )
    return str(client["ClientId"])


def _partner(cognito: Any, pool_id: str, endpoint_url: str) -> PartnerOutputs:
    client = _client(
        cognito,
        pool_id,
        "marquee-partner",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[f"{RESOURCE_SERVER}/{scope}" for scope in SCOPES],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    return PartnerOutputs(
        client_id=client["ClientId"],
        client_secret=client["ClientSecret"],
        token_url=f"{endpoint_url}/oauth2/token",
        scopes=SCOPES,
    )


def _pool_outputs(endpoint_url: str, pool_id: str, client_id: str) -> PoolOutputs:
    """The issuer is AWS's own name for the pool; keys and sign-in are at the embedded endpoint."""
    return PoolOutputs(
        pool_id=pool_id,
        issuer=f"https://cognito-idp.{REGION}.amazonaws.com/{pool_id}",
        jwks_url=f"{endpoint_url}/{pool_id}/.well-known/jwks.json",
        client_id=client_id,
        authorize_url=f"{endpoint_url}/oauth2/authorize",
        token_url=f"{endpoint_url}/oauth2/token",
    )
