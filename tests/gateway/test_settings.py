"""A wrong environment stops the start with one clear line per fault; a right one is read whole."""

from ipaddress import ip_network

import pytest

from gateway.recommending import pseudonym_key
from gateway.settings import Mode, Settings, SettingsRefused, load
from gateway.settings_errors import names
from gateway.settings_fields import leaves

RIGHT = {
    "AWS_REGION": "eu-west-1",
    "MARQUEE_CURSOR_SECRET": "c" * 32,
    "MARQUEE_PROFILE_SECRET": "p" * 32,
    "MARQUEE_PSEUDONYM_SECRET": "n" * 32,
    "MARQUEE_TABLES__CATALOG": "marquee-catalog",
    "MARQUEE_TABLES__VIEWERS": "marquee-viewers",
    "MARQUEE_TABLES__OPS": "marquee-ops",
    "MARQUEE_BUCKETS__MEDIA": "marquee-media",
    "MARQUEE_BUCKETS__INCOMING": "marquee-incoming",
    "MARQUEE_MEDIA__BASE_URL": "https://media.example.com/",
    "MARQUEE_IDENTITY__VIEWERS__ISSUER": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A",
    "MARQUEE_IDENTITY__VIEWERS__CLIENT_IDS": "web, player",
}


@pytest.fixture
def environment(monkeypatch):
    """Sets exactly these variables; anything else of ours is removed."""

    def set_to(values):
        for name in [*names(Settings), "AWS_DEFAULT_REGION"]:
            monkeypatch.delenv(name, raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_to


def refused(environment, **changes):
    environment({name: value for name, value in {**RIGHT, **changes}.items() if value is not None})
    with pytest.raises(SettingsRefused) as caught:
        load()
    return list(caught.value.lines)


def test_a_right_environment_is_read_whole(environment):
    environment({**RIGHT, "MARQUEE_HTTP__TRUSTED_PROXIES": "10.0.0.0/8,::1", "MARQUEE_SERVER__PORT": "8123"})
    settings = load()
    assert settings.mode is Mode.PROD
    assert settings.region == "eu-west-1"
    assert settings.server.port == 8123
    assert settings.http.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.identity.viewers.client_ids == ("web", "player")
    assert settings.identity.viewers.keys_url == f"{RIGHT['MARQUEE_IDENTITY__VIEWERS__ISSUER']}/.well-known/jwks.json"
    assert settings.media.base_url == "https://media.example.com"


@pytest.mark.parametrize(
    ("name", "value", "read", "expected"),
    [
        ("marquee_server__port", "8123", lambda found: found.server.port, 8123),
        ("MARQUEE_LOG_SAMPLE", "0.5", lambda found: found.log_sample, 0.5),
        ("MARQUEE_HTTP__GRAPHIQL", "No", lambda found: found.http.graphiql, False),
        ("MARQUEE_HTTP__GRAPHIQL", "1", lambda found: found.http.graphiql, True),
        ("MARQUEE_HTTP__DEFAULT_COUNTRY", "nl", lambda found: found.http.default_country, "NL"),
        ("MARQUEE_MODE", "dev", lambda found: found.mode, Mode.DEV),
        ("MARQUEE_VALKEY_URL", "redis://127.0.0.1", lambda found: found.valkey_url.reveal(), "redis://127.0.0.1"),
        ("VALKEY_URL", "", lambda found: found.valkey_url, None),
        ("MARQUEE_RECOMMENDER__VARIANTS", "a=9,b=1", lambda found: found.recommender.shares, {"a": 9, "b": 1}),
    ],
)
def test_text_becomes_the_value_that_it_stands_for(environment, name, value, read, expected):
    environment({**RIGHT, name: value})
    found = read(load())
    assert (found, type(found)) == (expected, type(expected))


def test_of_two_names_for_one_setting_the_first_counts(environment):
    environment({**RIGHT, "AWS_DEFAULT_REGION": "us-east-1"})
    assert load().region == "eu-west-1"
    environment({**RIGHT, "AWS_REGION": "eu-west-1", "aws_region": "us-east-1"})
    assert load().region == "eu-west-1"


def test_a_section_that_may_be_absent_is_whole_where_it_is_begun(environment):
    environment(RIGHT)
    assert load().identity.staff is None
    assert refused(environment, MARQUEE_IDENTITY__STAFF__TOKEN_URL="https://id.example.com/token") == [
        "MARQUEE_IDENTITY__STAFF__ISSUER (the exact `iss` of its tokens) is missing. "
        "Example: MARQUEE_IDENTITY__STAFF__ISSUER=https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "MARQUEE_IDENTITY__STAFF__CLIENT_IDS (client ids whose tokens are accepted) is missing. "
        "Example: MARQUEE_IDENTITY__STAFF__CLIENT_IDS=4h57example",
    ]


def test_secrets_do_not_show(environment):
    environment({**RIGHT, "VALKEY_URL": "rediss://user:pass@cache.example.com"})
    shown = repr(load())
    assert "c" * 32 not in shown and "p" * 32 not in shown and "pass" not in shown


def test_a_missing_setting_is_named_with_an_example(environment):
    assert refused(environment, MARQUEE_TABLES__CATALOG=None) == [
        "MARQUEE_TABLES__CATALOG (the table of titles and people) is missing. "
        "Example: MARQUEE_TABLES__CATALOG=marquee-prod-catalog"
    ]


def test_a_missing_section_names_what_it_needs_and_nothing_more(environment):
    lines = refused(environment, MARQUEE_BUCKETS__MEDIA=None, MARQUEE_BUCKETS__INCOMING=None)
    assert [line.split(" ")[0] for line in lines] == ["MARQUEE_BUCKETS__MEDIA", "MARQUEE_BUCKETS__INCOMING"]


def test_a_missing_region_is_named_as_aws_names_it(environment):
    assert refused(environment, AWS_REGION=None) == [
        "AWS_REGION (the AWS region of the tables) is missing. Example: AWS_REGION=eu-west-1"
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MARQUEE_SERVER__PORT", "http", "it should be a valid integer"),
        ("MARQUEE_SERVER__PORT", "99999", "it should be less than or equal to 65535"),
        ("MARQUEE_CURSOR_SECRET", "short", "it must have 32 characters or more"),
        (
            "MARQUEE_MEDIA__BASE_URL",
            "http://media.example.com",
            "plain http is accepted for 127.0.0.1 and localhost only",
        ),
        ("MARQUEE_MEDIA__BASE_URL", "media.example.com", "it must be an address that starts with https://"),
        ("MARQUEE_HTTP__CORS_ORIGINS", "*", "'*' is not a web origin"),
        ("MARQUEE_HTTP__CORS_ORIGINS", "https://a.example/path", "is not a web origin"),
        ("MARQUEE_HTTP__TRUSTED_PROXIES", "everyone", "'everyone' does not appear to be an IPv4 or IPv6 network"),
        ("MARQUEE_SERVER__WORKERS", "0", "it should be greater than or equal to 1"),
        ("MARQUEE_LOG_SAMPLE", "1.5", "it should be less than or equal to 1"),
        ("MARQUEE_LOG_SAMPLE", "nan", "it should be a finite number"),
        ("MARQUEE_LOG_SAMPLE", "some", "it should be a valid number"),
        ("MARQUEE_ADMISSION__WAIT_SECONDS", "0", "it should be greater than 0"),
        ("MARQUEE_HTTP__GRAPHIQL", "perhaps", "it should be 'true' or 'false'"),
        ("MARQUEE_HTTP__DEFAULT_COUNTRY", "XX", "'XX' is no country"),
        ("MARQUEE_TABLES__OPS", "o", "it should have 3 characters or more"),
        ("MARQUEE_IDENTITY__VIEWERS__CLIENT_IDS", ",", "it should have one item or more"),
        ("MARQUEE_RECOMMENDER__VARIANTS", "a", "'a' is not a variant with its share"),
        ("MARQUEE_DOCUMENTS__MODE", "any", "it should be 'open', 'apq' or 'trusted-only'"),
        ("MARQUEE_MODE", "test", "it should be 'dev' or 'prod'"),
        ("MARQUEE_MEDIA__KEY_IDS", "K1", "key_ids and private_keys must have the same length"),
    ],
)
def test_a_wrong_setting_is_named_with_the_reason(environment, name, value, reason):
    [line] = refused(environment, **{name: value})
    assert line.startswith(name.rpartition("__")[0] if "same length" in reason else name)
    assert reason in line


def test_a_wrong_secret_is_not_repeated(environment):
    [line] = refused(environment, MARQUEE_PROFILE_SECRET="hunter2hunter2")
    assert "hunter2" not in line


def test_an_unknown_variable_is_refused_with_the_nearest_name(environment, monkeypatch):
    assert refused(environment, MARQUEE_SERVER__PROT="8000") == [
        "MARQUEE_SERVER__PROT is no setting. Did you mean MARQUEE_SERVER__PORT?"
    ]


def test_every_fault_is_told_at_once(environment):
    lines = refused(environment, AWS_REGION=None, MARQUEE_SERVER__PORT="x", MARQUEE_TABLE__OPS="y")
    assert [line.split(" ")[0] for line in lines] == ["AWS_REGION", "MARQUEE_SERVER__PORT", "MARQUEE_TABLE__OPS"]


def test_every_setting_says_what_it_is():
    assert [leaf.name for leaf in leaves(Settings) if not leaf.about.description] == []


def test_pseudonyms_outlive_the_rotation_of_every_other_secret(environment):
    def key(**changed):
        environment({**RIGHT, **changed})
        return pseudonym_key(load())

    usual = key()
    assert key(MARQUEE_CURSOR_SECRET="x" * 32, MARQUEE_PROFILE_SECRET="y" * 32) == usual
    assert key(MARQUEE_PSEUDONYM_SECRET="z" * 32) != usual
