"""Every choice of a deployment, read once from the environment (prefix MARQUEE_, parts joined by two underscores)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gateway.settings_checks import Secret, hidden, number, secret, text, word
from gateway.settings_errors import SettingsRefused, unknown
from gateway.settings_fields import read, setting
from gateway.settings_sections import (
    Admission,
    Buckets,
    Catalogue,
    Documents,
    Http,
    Identity,
    Limits,
    Media,
    Recommender,
    Server,
    Streams,
    Tables,
)


class Mode(StrEnum):
    """dev shows GraphiQL, introspection and suggestions to everyone; prod to staff alone. Limits hold in both."""

    DEV = "dev"
    PROD = "prod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. Build it with `load`, which explains what is wrong."""

    mode: Mode = setting(word(*Mode), "dev or prod", default=Mode.PROD, example="prod")
    region: str = setting(
        text(2), "the AWS region of the tables", example="eu-west-1", names=("AWS_REGION", "AWS_DEFAULT_REGION")
    )
    valkey_url: Secret | None = setting(
        hidden,
        "a Valkey or Redis that all processes share",
        default=None,
        example="rediss://cache.example.internal:6379/0",
        names=("VALKEY_URL", "MARQUEE_VALKEY_URL"),
    )
    cursor_secret: Secret = setting(
        secret, "32 characters or more that sign page cursors", example="$(openssl rand -hex 32)"
    )
    profile_secret: Secret = setting(
        secret, "32 characters or more that sign profile tokens", example="$(openssl rand -hex 32)"
    )
    pseudonym_secret: Secret = setting(
        secret,
        "32 characters or more that make the pseudonyms of events and models; never change them",
        example="$(openssl rand -hex 32)",
    )
    sagemaker_endpoint: str | None = setting(
        text(), "the recommender's endpoint", default=None, example="marquee-prod-recommender"
    )
    log_sample: float = setting(
        number(least=0, most=1), "the share of successful operations that are logged", default=0.01, example="0.01"
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        word("debug", "info", "warning", "error"), "debug, info, warning or error", default="info"
    )

    server: Server = Server()
    http: Http = Http()
    admission: Admission = Admission()
    streams: Streams = Streams()
    documents: Documents = Documents()
    limits: Limits = Limits()
    catalogue: Catalogue = Catalogue()
    recommender: Recommender = Recommender()
    tables: Tables
    buckets: Buckets
    media: Media
    identity: Identity


def load() -> Settings:
    """Reads the process's environment; raises SettingsRefused with one line per fault."""
    # Names count in any case, as they do on every system; of two that differ in that alone, the upper one wins.
    given = {name.upper(): os.environ[name] for name in sorted(os.environ, reverse=True)}
    faults: list[str] = []
    settings = read(Settings, given, faults)
    faults += unknown(Settings, given)
    if settings is None or faults:
        raise SettingsRefused(faults)
    return settings
