"""Every choice of a deployment, read once from the environment (prefix MARQUEE_, parts joined by two underscores)."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.settings_checks import secret
from gateway.settings_errors import SettingsRefused, explain, unknown
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

Secret = Annotated[SecretStr, BeforeValidator(secret)]


class Mode(StrEnum):
    """dev shows GraphiQL, introspection and suggestions to everyone; prod to staff alone. Limits hold in both."""

    DEV = "dev"
    PROD = "prod"


class Settings(BaseSettings):
    """The whole configuration. Build it with `load`, which explains what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="MARQUEE_", env_nested_delimiter="__", frozen=True, extra="forbid", enable_decoding=False
    )

    mode: Mode = Field(default=Mode.PROD, description="dev or prod", examples=["prod"])
    region: str = Field(
        min_length=2,
        validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"),
        description="the AWS region of the tables",
        examples=["eu-west-1"],
    )
    valkey_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("VALKEY_URL", "MARQUEE_VALKEY_URL"),
        description="a Valkey or Redis that all processes share",
        examples=["rediss://cache.example.internal:6379/0"],
    )
    cursor_secret: Secret = Field(
        description="32 characters or more that sign page cursors", examples=["$(openssl rand -hex 32)"]
    )
    profile_secret: Secret = Field(
        description="32 characters or more that sign profile tokens", examples=["$(openssl rand -hex 32)"]
    )
    pseudonym_secret: Secret = Field(
        description="32 characters or more that make the pseudonyms of events and models; never change them",
        examples=["$(openssl rand -hex 32)"],
    )
    sagemaker_endpoint: str | None = Field(
        default=None, description="the recommender's endpoint", examples=["marquee-prod-recommender"]
    )
    log_sample: float = Field(
        default=0.01, ge=0, le=1, description="the share of successful operations that are logged", examples=["0.01"]
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
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
    strange = unknown(Settings, os.environ)
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsRefused([*explain(Settings, error), *strange]) from None
    if strange:
        raise SettingsRefused(strange)
    return settings
