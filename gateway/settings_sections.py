"""The parts of the configuration, one class per concern; each field says what it is and what a value looks like."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from gateway.settings_checks import base_url, country, many, networks, shares, web_origins

Country = Annotated[str, BeforeValidator(country)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(many)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(networks)]
Url = Annotated[str, BeforeValidator(base_url)]
Shares = Annotated[str, BeforeValidator(shares)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(web_origins)]


class Section(BaseModel):
    """One concern; a name that it does not know is refused, so that a typing error cannot pass for a setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(Section):
    """The listening process; times are seconds."""

    host: str = Field(default="127.0.0.1", description="the address to listen on", examples=["0.0.0.0"])
    port: int = Field(
        default=8000, ge=0, le=65535, description="the port to listen on, 0 for any free one", examples=["8000"]
    )
    workers: int = Field(default=1, ge=1, le=64, description="processes that share the port", examples=["2"])
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="a private port for /metrics; worker n takes the n-th after it",
        examples=["9464"],
    )
    metrics_host: str = Field(default="127.0.0.1", description="the address of the metrics port", examples=["0.0.0.0"])
    keep_alive_seconds: int = Field(default=75, ge=1, description="longer than the load balancer's idle time-out")
    drain_delay_seconds: float = Field(
        default=5, ge=0, description="how long a stopping process still accepts connections"
    )
    grace_seconds: int = Field(default=25, ge=0, description="how long requests may finish after that")
    connections: int = Field(default=20_000, ge=1, description="connections at most, idle ones and sockets included")
    header_bytes: int = Field(default=32_768, ge=1024, description="all headers of a request together")
    header_lines: int = Field(default=100, ge=10, description="header lines of a request")
    header_seconds: float = Field(default=10, gt=0, description="the time in which the headers must be in")


class Http(Section):
    """Who may call over HTTP and how large a call may be."""

    allowed_hosts: Names = Field(
        default=(), description="values of Host that are served, empty for any", examples=["api.example.com"]
    )
    cors_origins: Origins = Field(
        default=(), description="web origins that may call from a browser", examples=["https://www.example.com"]
    )
    trusted_proxies: Networks = Field(
        default=(), description="networks whose forwarding headers are believed", examples=["10.0.0.0/8"]
    )
    default_country: Country = Field(
        default="US", description="the country of a request that no edge has located", examples=["NL"]
    )
    body_bytes: int = Field(default=1_048_576, ge=1024, description="bytes of a request body")
    body_seconds: float = Field(default=20, gt=0, description="the time in which the body must be in")
    deadline_seconds: float = Field(default=10, gt=0, description="the time of one operation")
    graphiql: bool | None = Field(
        default=None,
        description=(
            "`true` serves GraphiQL and the player to everyone, `false` to nobody; left out, everyone has both in dev, "
            "and staff who sign in have GraphiQL in prod"
        ),
        examples=["false"],
    )
    get_needs_header: bool = Field(default=True, description="refuse GET without a header that forces a preflight")


class Admission(Section):
    """When the process is busy: how many wait, how long, and how many run."""

    running: int = Field(default=64, ge=1, description="operations that run side by side")
    queue: int = Field(default=64, ge=0, description="operations that wait")
    wait_seconds: float = Field(default=0.2, gt=0, description="the longest wait before an operation is refused")


class Streams(Section):
    """Server-sent events, multipart subscriptions and sockets; times are seconds."""

    heartbeat_seconds: float = Field(default=12, gt=0, le=15, description="silence before a heartbeat")
    lifetime_seconds: float = Field(default=3600, gt=0, description="the longest life of one stream; clients reconnect")
    socket_init_seconds: float = Field(default=5, gt=0, description="the time for connection_init")
    socket_send_seconds: float = Field(default=10, gt=0, description="how long a slow reader may hold up a message")
    socket_message_bytes: int = Field(default=262_144, ge=1024, description="bytes of one message from a client")
    socket_operations: int = Field(default=50, ge=1, description="live operations of one socket")
    sockets_per_principal: int = Field(default=5, ge=1, description="sockets of one signed-in viewer")
    sockets_per_address: int = Field(default=50, ge=1, description="sockets of one client address without a token")
    sockets: int = Field(default=10_000, ge=1, description="sockets of one process")


class Catalogue(Section):
    """What a process remembers of the catalogue."""

    cache_bytes: int = Field(default=32_000_000, ge=1_000_000, description="bytes of catalogue records kept in memory")
    segment_bytes: int = Field(
        default=8_000_000, ge=100_000, description="bytes of rendered parts of answers kept in memory"
    )
    answer_bytes: int = Field(
        default=8_000_000, ge=1, description="bytes of whole answers to anonymous catalogue queries kept in memory"
    )
    feed_seconds: float = Field(default=2, gt=0, description="seconds between two looks at the change feed")
    view_seconds: float = Field(default=10, gt=0, description="seconds between two writes of counted views")
    trend_seconds: float = Field(
        default=60, ge=0, description="seconds between two rankings of what is trending, 0 to leave that to others"
    )
    trend_half_life_hours: float = Field(default=6, gt=0, description="hours after which a view counts half")
    trend_views: int = Field(
        default=10, ge=1, description="views within 24 hours without which a country's ranking stays as it is"
    )


class Recommender(Section):
    """How long pages wait for the model, who is shown which variant of it, and how events reach the next one."""

    page_seconds: float = Field(default=0.15, ge=0, le=2, description="how long a page waits for the model")
    call_seconds: float = Field(default=0.4, gt=0, le=10, description="how long a call to the model may take")
    fresh_seconds: float = Field(default=300, gt=0, description="how long an answer counts while a profile rests")
    variants: Shares = Field(
        default="",
        description="production variants with their shares of accounts, empty to leave it to the endpoint",
        examples=["AllTraffic=90,challenger=10"],
    )
    event_lines: int = Field(default=500, ge=1, description="events of one file in the event lake")
    event_seconds: float = Field(default=5, gt=0, description="the longest wait of an event for its file")

    @property
    def shares(self) -> dict[str, int]:
        """The shares by variant."""
        parts = (part.strip().partition("=") for part in self.variants.split(",") if part.strip())
        return {name: int(share) for name, _, share in parts}


class Tables(Section):
    """The deployed names of the DynamoDB tables."""

    catalog: str = Field(min_length=3, description="the table of titles and people", examples=["marquee-prod-catalog"])
    viewers: str = Field(
        min_length=3, description="the table of accounts and progress", examples=["marquee-prod-viewers"]
    )
    ops: str = Field(min_length=3, description="the table of uploads, jobs and keys", examples=["marquee-prod-ops"])


class Buckets(Section):
    """The deployed names of the S3 buckets."""

    media: str = Field(min_length=3, description="the bucket of finished media", examples=["marquee-prod-media"])
    incoming: str = Field(min_length=3, description="the bucket that uploads go to", examples=["marquee-prod-incoming"])
    events: str | None = Field(
        default=None, description="the bucket of the event lake", examples=["marquee-prod-events"]
    )


class Media(Section):
    """Where viewers fetch pictures and video, and the keys that open it."""

    base_url: Url = Field(
        description="scheme and host of the media distribution", examples=["https://media.example.com"]
    )
    key_ids: Names = Field(
        default=(), description="CloudFront public key ids, newest first", examples=["K2JCJMDEHXQW5F"]
    )
    private_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(many)] = Field(
        default=(),
        description="their private halves as PEM files, in the same order",
        examples=["/run/secrets/media-key.pem"],
    )

    mode: Literal["manifest", "cookies"] = Field(
        default="manifest", description="manifest plays everywhere; cookies need the app on the same domain"
    )
    cookie_domain: str = Field(
        default="", description="the domain that app and media host share, for cookies", examples=[".example.com"]
    )
    signing_hash: Literal["sha1", "sha256"] = Field(
        default="sha1", description="sha1 is understood by every edge; P-256 keys always sign sha256"
    )
    playlist_bytes: int = Field(default=8_000_000, ge=0, description="bytes of playlists kept in memory")
    forensic: bool = Field(default=False, description="marks every segment address with its session, at some cost")

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.key_ids) != len(self.private_keys):
            raise ValueError("key_ids and private_keys must have the same length")
        return self


class Pool(Section):
    """A Cognito user pool whose access tokens are accepted."""

    issuer: Url = Field(
        description="the exact `iss` of its tokens",
        examples=["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"],
    )
    client_ids: Names = Field(
        min_length=1, description="client ids whose tokens are accepted", examples=["4h57example"]
    )
    jwks_url: Url | None = Field(default=None, description="where its keys are, derived from the issuer when left out")
    authorize_url: Url | None = Field(default=None, description="its sign-in page, for GraphiQL")
    token_url: Url | None = Field(default=None, description="its token endpoint, for GraphiQL")

    @property
    def keys_url(self) -> str:
        return self.jwks_url or f"{self.issuer}/.well-known/jwks.json"


class Identity(Section):
    """Who can sign in."""

    viewers: Pool = Field(description="the pool of viewers")
    staff: Pool | None = Field(
        default=None, description="the pool of editors and admins, when it is not the viewers' pool"
    )
    partner_client_ids: Names = Field(
        default=(), description="machine clients (client credentials)", examples=["7partnerexample"]
    )
    leeway_seconds: int = Field(default=30, ge=0, le=30, description="tolerated clock difference")
    revocation_seconds: float = Field(
        default=5, ge=0, description="seconds between two looks for revoked sign-ins, 0 to let every token live out"
    )


class Documents(Section):
    """Which documents run: any, any that is registered on the way, or published ones alone."""

    mode: Literal["open", "apq", "trusted-only"] = Field(default="apq", description="open, apq or trusted-only")
    manifests: Names = Field(default=(), description="files of trusted documents", examples=["/etc/marquee/web.json"])
    stored: int = Field(default=1000, ge=1, description="documents that automatic persistence keeps")
    cache_bytes: int = Field(
        default=8_000_000, ge=100_000, description="bytes of parsed and compiled documents kept in memory"
    )


class Limits(Section):
    """What one document may ask, and what each kind of caller may spend."""

    tokens: int = Field(default=1000, ge=100, description="tokens of a document")
    depth: int = Field(default=12, ge=3, description="nesting of fields")
    aliases: int = Field(default=30, ge=0, description="aliases of a document")
    root_fields: int = Field(default=20, ge=1, description="root fields of an operation")
    selections: int = Field(default=500, ge=10, description="selections, counted through fragments")
    selections_in_one_set: int = Field(
        default=100, ge=10, description="selections of one set, counted through fragments"
    )
    directives: int = Field(default=5, ge=1, description="directives of one place")
    errors: int = Field(default=20, ge=1, description="errors of one answer")
    cost_mode: Literal["enforce", "measure"] = Field(default="enforce", description="enforce or measure")
    cost_anonymous: int = Field(default=5_000, ge=1, description="cost of one operation without a token")
    cost_viewer: int = Field(default=10_000, ge=1, description="cost of one operation of a viewer")
    cost_partner: int = Field(default=20_000, ge=1, description="cost of one operation of a partner")
    cost_staff: int = Field(default=50_000, ge=1, description="cost of one operation of staff")
    rate_anonymous: int = Field(default=60_000, ge=1, description="cost per minute of one address without a token")
    rate_viewer: int = Field(default=120_000, ge=1, description="cost per minute of one viewer")
    rate_partner: int = Field(default=600_000, ge=1, description="cost per minute of one partner")
    rate_staff: int = Field(default=600_000, ge=1, description="cost per minute of one member of staff")
