"""The demo: the embedded AWS as a child process, its outputs as the settings of an ordinary gateway, and a welcome."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulation.child import CloudDidNotStart, DataDirRefused, starting_aws
from emulation.outputs import Outputs, PoolOutputs
from gateway.demo_tokens import announced, write_private
from gateway.settings_errors import SettingsRefused

SCALE = 2000
"""Titles of the demo catalogue."""

PATIENCE, PATIENCE_PER_TITLE = 120.0, 0.01
"""Seconds that the embedded AWS may take to start: making the clips, and loading titles on a slow machine."""

_USUAL = {
    "MARQUEE_MODE": "dev",
    "MARQUEE_LOG_LEVEL": "warning",
    "MARQUEE_SERVER__DRAIN_DELAY_SECONDS": "0",
    # The headers of a content network can be tried by hand.
    "MARQUEE_HTTP__TRUSTED_PROXIES": "127.0.0.0/8,::1/128",
    # What was just watched is there for `make train` a moment later.
    "MARQUEE_RECOMMENDER__EVENT_SECONDS": "0.3",
}
"""What the demo chooses unless the environment says otherwise."""

_WELCOME = """
Marquee runs. Everything is on this machine: the gateway, and an embedded AWS at {cloud}
with {titles} titles, users, films and pictures. Ctrl-C stops all of it.

  GraphiQL   {base}/graphql
  Player     {base}/player
  Tokens     make token AS=viewer      (or kid, editor, admin, partner)
             sign in as {users} with the password {password}

Try:

  curl -s {base}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"{{ titles(first: 3) {{ nodes {{ name }} }} }}"}}'
"""


_LOST = """
The embedded AWS has ended by itself, and nothing can be read or written without it: the demo stops.
Its last messages are above. Start it again with `make run`{kept}.
"""


def demo(port: int) -> int:
    """Until Ctrl-C; the exit status. DATA_DIR keeps the data between runs, SCALE is the size of the catalogue."""
    scale, data_dir = _scale(), _data_dir()
    patience = PATIENCE + scale * PATIENCE_PER_TITLE
    lost = threading.Event()

    def stop() -> None:
        lost.set()
        kept = "" if data_dir is None else "; what was changed since its last start may be lost"
        print(_LOST.format(kept=kept), file=sys.stderr, flush=True)
        # As Ctrl-C would: requests that are under way get their answer, and every other process is stopped.
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        with starting_aws(data_dir=data_dir, scale=scale, media=True, patience=patience, lost=stop) as ready:
            status = _served(port, ready, scale, data_dir)
            return status or int(lost.is_set())
    except CloudDidNotStart as error:
        raise SettingsRefused([f"The demo did not start: {error}."]) from error
    except DataDirRefused as error:
        raise SettingsRefused([f"DATA_DIR: {error}. Example: DATA_DIR=~/marquee-data"]) from error


def _served(port: int, ready: Callable[[], Outputs], scale: int, data_dir: Path | None) -> int:
    # A second of imports and of building the schema, while the embedded AWS starts on another core.
    from gateway.demo_recommender import recommender
    from gateway.run import listening, serve
    from gateway.settings import load
    from gateway.wiring import the_schema

    with listening("127.0.0.1", port) as listener:
        number = listener.getsockname()[1]
        print("Starting the embedded AWS ...", flush=True)
        the_schema()
        outputs = ready()
        with announced(outputs, number), recommender(outputs, scale, number):
            os.environ.update(_USUAL | dict(os.environ) | environment(outputs, data_dir))
            return serve(
                load(),
                listener=listener,
                started=lambda _: _welcome(outputs, number, scale),
                page_config=_page_config(outputs),
            )


def environment(outputs: Outputs, data_dir: Path | None) -> dict[str, str]:
    """The variables that make a gateway serve on this cloud; a deployment on real AWS sets the same ones."""
    settings = {
        "TABLES__CATALOG": outputs.tables["catalog"],
        "TABLES__VIEWERS": outputs.tables["viewers"],
        "TABLES__OPS": outputs.tables["ops"],
        "BUCKETS__MEDIA": outputs.buckets["media"],
        "BUCKETS__INCOMING": outputs.buckets["incoming"],
        "BUCKETS__EVENTS": outputs.buckets["events"],
        "MEDIA__BASE_URL": outputs.media_base_url,
        "MEDIA__KEY_IDS": ",".join(outputs.cloudfront.key_ids),
        "MEDIA__PRIVATE_KEYS": ",".join(outputs.cloudfront.private_key_pem_paths),
        "SAGEMAKER_ENDPOINT": outputs.sagemaker_endpoint_name,
        "IDENTITY__PARTNER_CLIENT_IDS": outputs.partner.client_id,
        **_pool("IDENTITY__VIEWERS", outputs.viewer_pool),
        **_pool("IDENTITY__STAFF", outputs.staff_pool),
        **_kept_secrets(data_dir),
    }
    return outputs.environment() | {f"MARQUEE_{name}": value for name, value in settings.items()}


def _pool(prefix: str, pool: PoolOutputs) -> dict[str, str]:
    return {
        f"{prefix}__ISSUER": pool.issuer,
        f"{prefix}__JWKS_URL": pool.jwks_url,
        f"{prefix}__CLIENT_IDS": pool.client_id,
        f"{prefix}__AUTHORIZE_URL": pool.authorize_url,
        f"{prefix}__TOKEN_URL": pool.token_url,
    }


def _kept_secrets(data_dir: Path | None) -> dict[str, str]:
    """Fresh ones for each start; kept beside the data, so that cursors, tokens and pseudonyms outlive a restart."""
    fresh = {name: secrets.token_hex(32) for name in ("CURSOR_SECRET", "PROFILE_SECRET", "PSEUDONYM_SECRET")}
    if data_dir is None:
        return fresh
    file = data_dir / "gateway-secrets.json"
    found: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    if found.keys() < fresh.keys():
        found = fresh | found
        write_private(file, json.dumps(found))
    return found


def _data_dir() -> Path | None:
    given = os.environ.get("DATA_DIR")
    return Path(given).expanduser().resolve() if given else None


def _scale() -> int:
    given = os.environ.get("SCALE") or str(SCALE)
    if not (given.isascii() and given.isdigit()) or not 0 < int(given) <= 1_000_000:
        raise SettingsRefused([f"SCALE is a number of titles from 1 to 1000000, not {given!r}. Example: SCALE=20000"])
    return int(given)


def _page_config(outputs: Outputs) -> dict[str, Any]:
    """What the demo's pages may know beside an ordinary gateway's: its documented users and its demo partner."""
    partner = outputs.partner
    return {
        "demoUsers": [
            {"persona": user.persona, "username": user.username, "password": user.password} for user in outputs.users
        ],
        "identity": {
            "partner": {
                "tokenUrl": partner.token_url,
                "clientId": partner.client_id,
                "clientSecret": partner.client_secret,
            }
        },
    }


def _welcome(outputs: Outputs, port: int, scale: int) -> None:
    base = f"http://127.0.0.1:{port}"
    _tell_cloud(outputs, base)
    users = [user.username for user in outputs.users]
    text = _WELCOME.format(
        cloud=outputs.endpoint_url,
        base=base,
        titles=f"{scale:,}",
        users=f"{', '.join(users[:-1])} or {users[-1]}",
        password=outputs.users[0].password,
    )
    print(text, flush=True)


def _tell_cloud(outputs: Outputs, base: str) -> None:
    """Media addresses below /play/ lead back to this gateway."""
    body = json.dumps({"url": base}).encode()
    request = urllib.request.Request(f"{outputs.endpoint_url}/_marquee/origin", body, method="POST")
    with urllib.request.urlopen(request, timeout=5):
        pass
