"""Outputs survive their one line of JSON."""

from __future__ import annotations

import pytest

from emulation.outputs import CloudFrontOutputs, Outputs, PartnerOutputs, PoolOutputs, UserOutputs

POOL = PoolOutputs(
    pool_id="us-east-1_x",
    issuer="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x",
    jwks_url="http://127.0.0.1:1/us-east-1_x/.well-known/jwks.json",
    client_id="web",
    authorize_url="http://127.0.0.1:1/oauth2/authorize",
    token_url="http://127.0.0.1:1/oauth2/token",
)
OUTPUTS = Outputs(
    endpoint_url="http://127.0.0.1:1",
    region="us-east-1",
    access_key_id="a",
    secret_access_key="s",
    tables={"catalog": "c"},
    buckets={"media": "m"},
    topics={"media": "arn"},
    media_base_url="http://127.0.0.1:2",
    cloudfront=CloudFrontOutputs(
        key_ids=("K1",), private_key_pem_paths=("k.pem",), distribution_id="E1", key_group_id="G1"
    ),
    sagemaker_endpoint_name="r",
    data_dir="d",
    viewer_pool=POOL,
    staff_pool=POOL,
    partner=PartnerOutputs(client_id="p", client_secret="s", token_url="t", scopes=("catalog/read",)),
    users=(UserOutputs(persona="viewer", username="é", password="p", subject="u1"),),
)


def test_outputs_survive_their_line() -> None:
    line = OUTPUTS.to_json()
    assert "\n" not in line
    assert Outputs.from_json(line) == OUTPUTS


def test_an_unknown_member_is_refused() -> None:
    with pytest.raises(TypeError, match="surprise"):
        Outputs.from_json(OUTPUTS.to_json().replace('"region"', '"surprise":1,"region"'))


@pytest.mark.parametrize("missing", ["viewer_pool", "region"])
def test_a_missing_member_is_refused(missing: str) -> None:
    with pytest.raises(TypeError, match=missing):
        Outputs.from_json(OUTPUTS.to_json().replace(f'"{missing}"', '"data_dir"'))


def test_environment_points_any_sdk_here() -> None:
    assert OUTPUTS.environment() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
