"""The sign-in page of the embedded user pools, and two manners of Cognito's token endpoint that ministack lacks.

Pages come back to any loopback port (RFC 8252, section 7.3), since the gateway's port is not known when the pools are
made; and a refreshed access token keeps its groups.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from emulation.asgi import App, Receive, Reply, Scope, Send, ask, header, json_reply, read_body, send_reply
from emulation.identity import PASSWORD, USERS, DemoUser

_REGISTERED = "http://localhost"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CARRIED = ("client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge", "code_challenge_method")
_HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
        b"form-action 'self' http://localhost:* http://127.0.0.1:*",
    ),
]


class SignIn:
    """Stands before ministack: answers /oauth2/authorize, /login and /oauth2/token, and passes on all else."""

    def __init__(self, ministack: App) -> None:
        self._ministack = ministack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = (scope.get("method"), scope.get("path")) if scope["type"] == "http" else None
        if route == ("GET", "/oauth2/authorize"):
            await send_reply(send, await self._authorize(scope))
        elif route == ("POST", "/login"):
            await send_reply(send, await self._login(scope, await read_body(receive)))
        elif route == ("POST", "/oauth2/token"):
            await send_reply(send, await self._token(scope, await read_body(receive)))
        else:
            await self._ministack(scope, receive, send)

    async def _authorize(self, scope: Scope) -> Reply:
        wish = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        inner = {**scope, "query_string": urlencode(_registered(wish)).encode()}
        reply = await ask(self._ministack, inner, b"")
        return await self._page_or(reply, scope, wish, "")

    async def _login(self, scope: Scope, body: bytes) -> Reply:
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        persona = form.pop("persona", None)
        demo = next((user for user in USERS if user.persona == persona), None)
        if demo is not None:
            form.update(username=demo.username, password=PASSWORD)
        reply = await ask(self._ministack, scope, urlencode(_registered(form)).encode())
        return await self._page_or(reply, scope, form, "The name or the password is wrong.")

    async def _page_or(self, reply: Reply, scope: Scope, wish: dict[str, str], message: str) -> Reply:
        """Our page where ministack shows its own, its redirect on the port that was asked for, or its refusal."""
        if reply.status == 200:
            staff = wish.get("client_id", "") in await self._staff_clients(scope)
            users = [user for user in USERS if user.staff is staff]
            return Reply(200, list(_HEADERS), _page(wish, users, message).encode())
        location = reply.header(b"location")
        if reply.status == 302 and location is not None:
            back = _restored(location.decode("latin-1"), wish.get("redirect_uri", ""))
            return Reply(302, [(b"location", back.encode("latin-1")), (b"cache-control", b"no-store")])
        fault = json.loads(reply.body or b"{}").get("error_description", "The request cannot be answered.")
        return Reply(400, list(_HEADERS), _shell("Sign-in refused", f"<p role=alert>{escape(str(fault))}</p>").encode())

    async def _token(self, scope: Scope, body: bytes) -> Reply:
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("grant_type") != "refresh_token" or header(scope, b"authorization"):
            return await ask(self._ministack, scope, urlencode(_registered(form)).encode())
        wish = {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": form.get("client_id", ""),
            "AuthParameters": {"REFRESH_TOKEN": form.get("refresh_token", "")},
        }
        found = (await self._cognito(scope, "InitiateAuth", wish)).get("AuthenticationResult")
        if found is None:
            reply = json_reply(400, {"error": "invalid_grant"})
        else:
            names = {"AccessToken": "access_token", "IdToken": "id_token", "ExpiresIn": "expires_in"}
            tokens = {name: found[theirs] for theirs, name in names.items() if theirs in found}
            reply = json_reply(200, {**tokens, "token_type": "Bearer"})
        reply.headers += [(b"access-control-allow-origin", b"*"), (b"cache-control", b"no-store")]
        return reply

    async def _staff_clients(self, scope: Scope) -> set[str]:
        pools = (await self._cognito(scope, "ListUserPools", {"MaxResults": 60})).get("UserPools", [])
        staff = [pool["Id"] for pool in pools if pool["Name"] == "marquee-staff"]
        if not staff:
            return set()
        wish = {"UserPoolId": staff[0], "MaxResults": 60}
        clients = (await self._cognito(scope, "ListUserPoolClients", wish)).get("UserPoolClients", [])
        return {client["ClientId"] for client in clients}

    async def _cognito(self, scope: Scope, action: str, wish: dict[str, Any]) -> dict[str, Any]:
        """An API call inside the process; a refusal is its error object."""
        target = f"AWSCognitoIdentityProviderService.{action}".encode()
        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-amz-json-1.1"), (b"x-amz-target", target)]
        inner = {**scope, "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}
        reply = await ask(self._ministack, inner, json.dumps(wish).encode())
        found: dict[str, Any] = json.loads(reply.body or b"{}")
        return found


def _registered(wish: dict[str, str]) -> dict[str, str]:
    """The wish with a loopback address, whatever its port, as it is registered at the client."""
    parts = urlsplit(wish.get("redirect_uri", ""))
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.query or parts.fragment:
        return wish
    return {**wish, "redirect_uri": f"{_REGISTERED}{parts.path or '/'}"}


def _restored(location: str, wanted: str) -> str:
    """The redirect with the address that was asked for in the place of the registered one."""
    registered = _registered({"redirect_uri": wanted})["redirect_uri"]
    return wanted + location.removeprefix(registered) if location.startswith(registered) else location


def _page(wish: dict[str, str], users: list[DemoUser], message: str) -> str:
    hidden = "".join(f'<input type=hidden name={name} value="{escape(wish.get(name, ""))}">' for name in _CARRIED)
    personas = "".join(
        f'<button name=persona value="{escape(user.persona)}" formnovalidate>'
        f"{escape(user.name)}<small>{escape(user.username)}</small></button>"
        for user in users
    )
    alert = f"<p role=alert>{escape(message)}</p>" if message else ""
    body = (
        f"{alert}<form method=post action=/login>{hidden}<div class=personas>{personas}</div>"
        "<p class=or>or with a name and a password</p>"
        "<label for=username>Name</label><input id=username name=username autocomplete=username required>"
        "<label for=password>Password</label>"
        "<input id=password name=password type=password autocomplete=current-password required>"
        "<button class=main>Sign in</button></form>"
        f"<p class=note>This is the embedded demo. Every password is <code>{escape(PASSWORD)}</code>.</p>"
    )
    return _shell("Sign in to Marquee", body)


def _shell(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style><main><h1>{title}</h1>{body}</main></html>"
    )


_STYLE = (
    "*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:#101218;"
    "color:#e8eaf0;font:16px/1.5 system-ui,sans-serif}main{width:min(26rem,92vw);padding:2rem;background:#191c25;"
    "border-radius:12px}h1{margin:0 0 1.2rem;font-size:1.4rem}label{display:block;margin:.8rem 0 .2rem}"
    "input{width:100%;padding:.6rem .7rem;border:1px solid #454b5e;border-radius:8px;background:#101218;color:inherit;"
    "font:inherit}button{width:100%;margin-top:.5rem;padding:.65rem .8rem;border:1px solid #454b5e;border-radius:8px;"
    "background:#242938;color:inherit;font:inherit;text-align:left;cursor:pointer}button small{float:right;"
    "color:#a9b1c7}button.main{margin-top:1.2rem;background:#f2c14e;border-color:#f2c14e;color:#16181f;"
    "text-align:center;font-weight:600}:is(button,input):focus-visible{outline:3px solid #7fb2ff;outline-offset:2px}"
    ".or{margin:1.2rem 0 0;color:#a9b1c7}.note{margin:1.4rem 0 0;color:#a9b1c7;font-size:.9rem}"
    "[role=alert]{padding:.6rem .8rem;border-radius:8px;background:#4a1f24}"
)
