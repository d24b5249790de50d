"""Where DynamoDB is, by AWS's configuration and rules, without the client that would have to be built to ask it."""

from __future__ import annotations

from typing import Any

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.endpoint_provider import EndpointProvider

_SERVICE = "dynamodb"


def endpoint_of(session: Any, region: str) -> str:
    """The URL that a client of the session would call: a configured one, else the region's by botocore's own rules."""
    setting = session.get_config_variable
    if not setting("ignore_configured_endpoint_urls"):
        configured = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), _SERVICE).provide()
        if configured:
            return str(configured)
    loader = session.get_component("data_loader")
    rules = loader.load_service_model(_SERVICE, "endpoint-rule-set-1")
    found = EndpointProvider(rules, loader.load_data("partitions")).resolve_endpoint(
        Region=region,
        UseDualStack=bool(setting("use_dualstack_endpoint")),
        UseFIPS=bool(setting("use_fips_endpoint")),
        AccountIdEndpointMode="disabled",
    )
    return str(found.url)
