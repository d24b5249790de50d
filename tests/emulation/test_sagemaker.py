"""The SageMaker runtime by an unmodified client: unchanged bodies, variants, and every way a model fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from emulation.outputs import Outputs


class _Model(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status = int(body) if body.isdigit() else 200
        answer = b"%s %s %s" % (self.path.encode(), self.headers["content-type"].encode(), body)
        self.send_response(status)
        self.send_header("content-type", "application/x-model")
        self.send_header(
            "x-amzn-sagemaker-custom-attributes", self.headers.get("x-amzn-sagemaker-custom-attributes", "")
        )
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def invoke(cloud: Outputs, control: httpx.Client, model: str):
    """Invokes the endpoint, whose model is running; a client of one attempt."""
    client = boto3.client(
        "sagemaker-runtime",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=cloud.access_key_id,
        aws_secret_access_key=cloud.secret_access_key,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=1),
    )
    control.post("/_marquee/recommender", json={"url": model}).raise_for_status()

    def call(body=b"{}", **more):
        name = more.pop("EndpointName", cloud.sagemaker_endpoint_name)
        return client.invoke_endpoint(EndpointName=name, Body=body, ContentType="application/json", **more)

    yield call
    control.post("/_marquee/recommender", json={"url": None})
    control.post("/_marquee/faults", json={"rules": []})


def test_body_and_headers_pass_unchanged(invoke):
    answer = invoke(b'{"a":1}', CustomAttributes="trace=1")
    assert answer["Body"].read() == b'/invocations application/json {"a":1}'
    assert (answer["ContentType"], answer["CustomAttributes"]) == ("application/x-model", "trace=1")
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_a_target_variant_is_invoked(invoke, control, model):
    control.post("/_marquee/recommender", json={"url": model, "variant": "challenger"}).raise_for_status()
    assert invoke(TargetVariant="challenger")["InvokedProductionVariant"] == "challenger"
    assert invoke()["InvokedProductionVariant"] == "AllTraffic"
    control.post("/_marquee/recommender", json={"url": None, "variant": "challenger"})
    with pytest.raises(ClientError, match="Variant challenger not found"):
        invoke(TargetVariant="challenger")


def failure(invoke, *arguments, **more):
    with pytest.raises(ClientError) as caught:
        invoke(*arguments, **more)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response


@pytest.mark.parametrize(("status", "kind"), [(400, "CLIENT_ERROR_FROM_MODEL"), (500, "SERVER_ERROR_FROM_MODEL")])
def test_a_failing_model_is_a_model_error(invoke, status, kind):
    code, http_status, response = failure(invoke, str(status).encode())
    assert (code, http_status) == ("ModelError", 424)
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (
        status,
        f"/invocations application/json {status}",
    )


@pytest.mark.parametrize(("status", "name"), [(429, "ThrottlingException"), (503, "ServiceUnavailable")])
def test_an_overloaded_model_passes_through(invoke, status, name):
    assert failure(invoke, str(status).encode())[:2] == (name, status)


def test_an_unknown_endpoint_is_a_validation_error(invoke):
    assert failure(invoke, EndpointName="other")[:2] == ("ValidationError", 400)


def test_a_body_over_the_limit_is_refused(invoke):
    assert failure(invoke, b"x" * (6 * 1024 * 1024 + 1))[1] == 413


def test_without_a_model_the_service_is_unavailable(invoke, control):
    control.post("/_marquee/recommender", json={"url": None})
    assert failure(invoke)[:2] == ("ServiceUnavailable", 503)


def test_a_model_that_does_not_answer_is_a_model_error(invoke, control):
    control.post("/_marquee/recommender", json={"url": "http://127.0.0.1:1"})
    assert failure(invoke)[:2] == ("ModelError", 424)


def test_faults_reach_the_endpoint(invoke, control):
    def fault(**rule):
        control.post("/_marquee/faults", json={"rules": [{"service": "sagemaker", **rule}]}).raise_for_status()

    fault(down="error")
    assert failure(invoke)[:2] == ("InternalFailure", 500)
    fault(throttle=1)
    assert failure(invoke)[:2] == ("ThrottlingException", 429)
    fault(garbage=1)
    assert invoke()["Body"].read() == b"<html>not a recommendation</html>"
    fault(latency_ms=1500)
    with pytest.raises(ReadTimeoutError):
        invoke()
