"""Networks as companies have them: private certificate authorities and proxies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import private_ca
from harness import ACCOUNT_TOKEN, CLIENT_SECRET, ROUTING_KEY, Action, credentials, urls_of
from pd_incident_simulator import Simulator
from proxy import Proxy

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")


PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class World:
    """The APIs behind TLS, with a certificate from a private authority."""

    sim: Simulator
    act: Action
    ca: Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"HOME": str(tmp_path)})
        yield World(sim, act, ca)


@pytest.mark.parametrize(
    ("variable", "operation"), [("REQUESTS_CA_BUNDLE", "create"), ("SSL_CERT_FILE", "trigger")]
)
def test_a_private_authority_is_trusted_when_it_is_named(
    world: World, variable: str, operation: str
) -> None:
    world.act.environment[variable] = str(world.ca)
    result = world.act(operation, title="Down", service="PSVC001")
    assert result.code == 0, result.log
    assert len(world.sim.pagerduty.state.incidents) == 1
    assert len(world.sim.port.state.entities["pagerdutyIncident"]) == 1
    connections = {e.connection for e in world.sim.exchanges}
    assert len(connections) == (2 if operation == "create" else 3)


def test_nothing_switches_verification_off(world: World) -> None:
    world.act.environment |= {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "", "SSL_CERT_FILE": ""}
    world.act.environment |= {"PYTHONHTTPSVERIFY": "0", "GIT_SSL_NO_VERIFY": "1"}
    result = world.act(title="Down", service="PSVC001", port_client_id=None)
    assert result.code == 1
    assert world.sim.exchanges == []
    (error,) = result.annotations("error")
    assert "certificate could not be verified" in error
    assert "REQUESTS_CA_BUNDLE" in error
    assert result.seconds < 20, "a wrong certificate doesn't heal"


@pytest.mark.parametrize("content", [None, PEM.format("xxxx")])
def test_a_wrong_ca_bundle_is_called_that(world: World, content: str | None) -> None:
    bundle = world.ca.with_name("company.pem")
    if content is not None:
        bundle.write_text(content)
    world.act.environment["REQUESTS_CA_BUNDLE"] = str(bundle)
    result = world.act(title="Down", service="PSVC001", port_client_id=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "the CA bundle could not be loaded" in error
    assert result.seconds < 20, "a wrong path doesn't heal"


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    ca, tls = private_ca.make(tmp_path, host="other.example.com")
    with Simulator(tls=tls) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"REQUESTS_CA_BUNDLE": str(ca)})
        result = act(title="Down", service="PSVC001", port_client_id=None)
        assert result.code == 1
        assert sim.exchanges == []


def test_a_proxy_is_used_and_sees_no_secret(world: World) -> None:
    with Proxy() as proxy:
        world.act.environment |= {"https_proxy": proxy.url, "REQUESTS_CA_BUNDLE": str(world.ca)}
        result = world.act(title="Down", service="PSVC001")
    assert result.code == 0, result.log
    assert len(world.sim.pagerduty.state.incidents) == 1
    assert len(world.sim.port.state.entities["pagerdutyIncident"]) == 1
    assert len(proxy.seen) == 2
    for request in proxy.seen:
        assert request.startswith("CONNECT 127.0.0.1:")
        for secret in (ACCOUNT_TOKEN, ROUTING_KEY, CLIENT_SECRET):
            assert secret not in request


def test_no_proxy_goes_round_it(world: World) -> None:
    with Proxy() as proxy:
        world.act.environment |= {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
        world.act.environment["REQUESTS_CA_BUNDLE"] = str(world.ca)
        result = world.act(title="Down", service="PSVC001")
    assert result.code == 0, result.log
    assert proxy.seen == []


@pytest.mark.parametrize("refusal", ["407 Proxy Authentication Required", None])
def test_a_proxy_that_is_down_or_refuses_is_named(world: World, refusal: str | None) -> None:
    with Proxy(refusal) as proxy:
        url = proxy.url if refusal else "http://127.0.0.1:9"
        world.act.environment |= {"HTTPS_PROXY": url, "REQUESTS_CA_BUNDLE": str(world.ca)}
        result = world.act(title="Down", service="PSVC001", timeout="3s", port_client_id=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "HTTPS_PROXY" in error
