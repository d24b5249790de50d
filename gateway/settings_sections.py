"""The parts of the configuration, one class per concern; each field says what it is and what a value looks like."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from gateway.settings_checks import (
    Secret,
    base_url,
    country,
    flag,
    hidden_many,
    many,
    networks,
    number,
    shares,
    some,
    text,
    web_origins,
    whole,
    word,
)
from gateway.settings_fields import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The listening process; times are seconds."""

    host: str = setting(text(), "the address to listen on", default="127.0.0.1", example="0.0.0.0")
    port: int = setting(
        whole(least=0, most=65535), "the port to listen on, 0 for any free one", default=8000, example="8000"
    )
    workers: int = setting(whole(least=1, most=64), "processes that share the port", default=1, example="2")
    metrics_port: int | None = setting(
        whole(least=0, most=65535),
        "a private port for /metrics; worker n takes the n-th after it",
        default=None,
        example="9464",
    )
    metrics_host: str = setting(text(), "the address of the metrics port", default="127.0.0.1", example="0.0.0.0")
    keep_alive_seconds: int = setting(whole(least=1), "longer than the load balancer's idle time-out", default=75)
    drain_delay_seconds: float = setting(
        number(least=0), "how long a stopping process still accepts connections", default=5
    )
    grace_seconds: int = setting(whole(least=0), "how long requests may finish after that", default=25)
    connections: int = setting(whole(least=1), "connections at most, idle ones and sockets included", default=20_000)
    header_bytes: int = setting(whole(least=1024), "all headers of a request together", default=32_768)
    header_lines: int = setting(whole(least=10), "header lines of a request", default=100)
    header_seconds: float = setting(number(above=0), "the time in which the headers must be in", default=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Who may call over HTTP and how large a call may be."""

    allowed_hosts: tuple[str, ...] = setting(
        many, "values of Host that are served, empty for any", default=(), example="api.example.com"
    )
    cors_origins: tuple[str, ...] = setting(
        web_origins, "web origins that may call from a browser", default=(), example="https://www.example.com"
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = setting(
        networks, "networks whose forwarding headers are believed", default=(), example="10.0.0.0/8"
    )
    default_country: str = setting(
        country, "the country of a request that no edge has located", default="US", example="NL"
    )
    body_bytes: int = setting(whole(least=1024), "bytes of a request body", default=1_048_576)
    body_seconds: float = setting(number(above=0), "the time in which the body must be in", default=20)
    deadline_seconds: float = setting(number(above=0), "the time of one operation", default=10)
    graphiql: bool | None = setting(
        flag,
        "`true` serves GraphiQL and the player to everyone, `false` to nobody; left out, everyone has both in dev, "
        "and staff who sign in have GraphiQL in prod",
        default=None,
        example="false",
    )
    get_needs_header: bool = setting(flag, "refuse GET without a header that forces a preflight", default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """When the process is busy: how many wait, how long, and how many run."""

    running: int = setting(whole(least=1), "operations that run side by side", default=64)
    queue: int = setting(whole(least=0), "operations that wait", default=64)
    wait_seconds: float = setting(number(above=0), "the longest wait before an operation is refused", default=0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Server-sent events, multipart subscriptions and sockets; times are seconds."""

    heartbeat_seconds: float = setting(number(above=0, most=15), "silence before a heartbeat", default=12)
    lifetime_seconds: float = setting(
        number(above=0), "the longest life of one stream; clients reconnect", default=3600
    )
    socket_init_seconds: float = setting(number(above=0), "the time for connection_init", default=5)
    socket_send_seconds: float = setting(number(above=0), "how long a slow reader may hold up a message", default=10)
    socket_message_bytes: int = setting(whole(least=1024), "bytes of one message from a client", default=262_144)
    socket_operations: int = setting(whole(least=1), "live operations of one socket", default=50)
    sockets_per_principal: int = setting(whole(least=1), "sockets of one signed-in viewer", default=5)
    sockets_per_address: int = setting(whole(least=1), "sockets of one client address without a token", default=50)
    sockets: int = setting(whole(least=1), "sockets of one process", default=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a process remembers of the catalogue."""

    cache_bytes: int = setting(whole(least=1000000), "bytes of catalogue records kept in memory", default=32_000_000)
    segment_bytes: int = setting(
        whole(least=0), "bytes of rendered parts of answers kept in memory; 0 keeps none", default=8_000_000
    )
    answer_bytes: int = setting(
        whole(least=1), "bytes of whole answers to queries of the catalogue kept in memory", default=8_000_000
    )
    feed_seconds: float = setting(number(above=0), "seconds between two looks at the change feed", default=2)
    view_seconds: float = setting(number(above=0), "seconds between two writes of counted views", default=10)
    trend_seconds: float = setting(
        number(least=0), "seconds between two rankings of what is trending, 0 to leave that to others", default=60
    )
    trend_half_life_hours: float = setting(number(above=0), "hours after which a view counts half", default=6)
    trend_views: int = setting(
        whole(least=1), "views within 24 hours without which a country's ranking stays as it is", default=10
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommender:
    """How long pages wait for the model, who is shown which variant of it, and how events reach the next one."""

    page_seconds: float = setting(number(least=0, most=2), "how long a page waits for the model", default=0.15)
    call_seconds: float = setting(number(above=0, most=10), "how long a call to the model may take", default=0.4)
    fresh_seconds: float = setting(number(above=0), "how long an answer counts while a profile rests", default=300)
    variants: str = setting(
        shares,
        "production variants with their shares of accounts, empty to leave it to the endpoint",
        default="",
        example="AllTraffic=90,challenger=10",
    )
    event_lines: int = setting(whole(least=1), "events of one file in the event lake", default=500)
    event_seconds: float = setting(number(above=0), "the longest wait of an event for its file", default=5)

    @property
    def shares(self) -> dict[str, int]:
        """The shares by variant."""
        parts = (part.strip().partition("=") for part in self.variants.split(",") if part.strip())
        return {name: int(share) for name, _, share in parts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The deployed names of the DynamoDB tables."""

    catalog: str = setting(text(3), "the table of titles and people", example="marquee-prod-catalog")
    viewers: str = setting(text(3), "the table of accounts and progress", example="marquee-prod-viewers")
    ops: str = setting(text(3), "the table of uploads, jobs and keys", example="marquee-prod-ops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """The deployed names of the S3 buckets."""

    media: str = setting(text(3), "the bucket of finished media", example="marquee-prod-media")
    incoming: str = setting(text(3), "the bucket that uploads go to", example="marquee-prod-incoming")
    events: str | None = setting(text(), "the bucket of the event lake", default=None, example="marquee-prod-events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Where viewers fetch pictures and video, and the keys that open it."""

    base_url: str = setting(base_url, "scheme and host of the media distribution", example="https://media.example.com")
    key_ids: tuple[str, ...] = setting(
        many, "CloudFront public key ids, newest first", default=(), example="K2JCJMDEHXQW5F"
    )
    private_keys: tuple[Secret, ...] = setting(
        hidden_many,
        "their private halves as PEM files, in the same order",
        default=(),
        example="/run/secrets/media-key.pem",
    )

    mode: Literal["manifest", "cookies"] = setting(
        word("manifest", "cookies"),
        "manifest plays everywhere; cookies need the app on the same domain",
        default="manifest",
    )
    cookie_domain: str = setting(
        text(), "the domain that app and media host share, for cookies", default="", example=".example.com"
    )
    signing_hash: Literal["sha1", "sha256"] = setting(
        word("sha1", "sha256"), "sha1 is understood by every edge; P-256 keys always sign sha256", default="sha1"
    )
    playlist_bytes: int = setting(whole(least=0), "bytes of playlists kept in memory", default=8_000_000)
    forensic: bool = setting(flag, "marks every segment address with its session, at some cost", default=False)

    def __post_init__(self) -> None:
        if len(self.key_ids) != len(self.private_keys):
            raise ValueError("key_ids and private_keys must have the same length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A Cognito user pool whose access tokens are accepted."""

    issuer: str = setting(
        base_url,
        "the exact `iss` of its tokens",
        example="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
    )
    client_ids: tuple[str, ...] = setting(some, "client ids whose tokens are accepted", example="4h57example")
    jwks_url: str | None = setting(base_url, "where its keys are, derived from the issuer when left out", default=None)
    authorize_url: str | None = setting(base_url, "its sign-in page, for GraphiQL", default=None)
    token_url: str | None = setting(base_url, "its token endpoint, for GraphiQL", default=None)

    @property
    def keys_url(self) -> str:
        return self.jwks_url or f"{self.issuer}/.well-known/jwks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who can sign in."""

    viewers: Pool
    staff: Pool | None = None
    partner_client_ids: tuple[str, ...] = setting(
        many, "machine clients (client credentials)", default=(), example="7partnerexample"
    )
    leeway_seconds: int = setting(whole(least=0, most=30), "tolerated clock difference", default=30)
    revocation_seconds: float = setting(
        number(least=0), "seconds between two looks for revoked sign-ins, 0 to let every token live out", default=5
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Which documents run: any, any that is registered on the way, or published ones alone."""

    mode: Literal["open", "apq", "trusted-only"] = setting(
        word("open", "apq", "trusted-only"), "open, apq or trusted-only", default="apq"
    )
    manifests: tuple[str, ...] = setting(
        many, "files of trusted documents", default=(), example="/etc/marquee/web.json"
    )
    stored: int = setting(whole(least=1), "documents that automatic persistence keeps", default=1000)
    cache_bytes: int = setting(
        whole(least=100000), "bytes of parsed and compiled documents kept in memory", default=8_000_000
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may ask, and what each kind of caller may spend."""

    tokens: int = setting(whole(least=100), "tokens of a document", default=1000)
    depth: int = setting(whole(least=3), "nesting of fields", default=12)
    aliases: int = setting(whole(least=0), "aliases of a document", default=30)
    root_fields: int = setting(whole(least=1), "root fields of an operation", default=20)
    selections: int = setting(whole(least=10), "selections, counted through fragments", default=500)
    selections_in_one_set: int = setting(
        whole(least=10), "selections of one set, counted through fragments", default=100
    )
    directives: int = setting(whole(least=1), "directives of one place", default=5)
    errors: int = setting(whole(least=1), "errors of one answer", default=20)
    cost_mode: Literal["enforce", "measure"] = setting(
        word("enforce", "measure"), "enforce or measure", default="enforce"
    )
    cost_anonymous: int = setting(whole(least=1), "cost of one operation without a token", default=5_000)
    cost_viewer: int = setting(whole(least=1), "cost of one operation of a viewer", default=10_000)
    cost_partner: int = setting(whole(least=1), "cost of one operation of a partner", default=20_000)
    cost_staff: int = setting(whole(least=1), "cost of one operation of staff", default=50_000)
    rate_anonymous: int = setting(whole(least=1), "cost per minute of one address without a token", default=60_000)
    rate_viewer: int = setting(whole(least=1), "cost per minute of one viewer", default=120_000)
    rate_partner: int = setting(whole(least=1), "cost per minute of one partner", default=600_000)
    rate_staff: int = setting(whole(least=1), "cost per minute of one member of staff", default=600_000)
