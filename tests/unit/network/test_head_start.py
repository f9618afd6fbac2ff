"""Connections are begun where the run will most likely need them; a failed one changes nothing."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import pytest

import private_ca
from pd_incident_action.network.head_start import EarlyAnswer, HeadStart, begin, ca_bundle
from pd_incident_simulator import Fault, Simulator

SIGN_IN = "/v1/auth/access_token"
SLOWNESS = 0.5
REST, EVENTS, PORT = "api.pagerduty.com", "events.pagerduty.com", "api.port.io"
SIGNED_UP = {"INPUT_PORT-CLIENT-ID": "the-id"}

Addresses = list[tuple[str, int]]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """List the addresses that were to be connected to; none of them answers."""
    addresses: Addresses = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        assert timeout <= 5
        addresses.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return addresses


def settle(head_start: HeadStart, *hosts: str) -> None:
    """Wait for the connections' threads."""
    for host in hosts:
        assert head_start.take(host, 443) is None


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({}, [REST]),
        (SIGNED_UP, [REST, PORT]),
        ({"INPUT_PORTCLIENTID": "the-id"}, [REST, PORT]),
        ({"INPUT_PORT-CLIENT-ID": " "}, [REST]),
        ({"INPUT_OPERATION": "escalate"}, [REST]),
        ({"INPUT_OPERATION": " Trigger "}, [EVENTS]),
        ({"INPUT_PROVIDER": "incident-io"}, ["api.incident.io"]),
        ({"INPUT_PAGERDUTY-CLIENT-ID": "app"}, [REST, "identity.pagerduty.com"]),
        ({"INPUT_PAGERDUTY-REGION": "eu"}, ["api.eu.pagerduty.com"]),
        ({"INPUT_PAGERDUTY-REGION": "mars"}, []),
        (
            SIGNED_UP | {"INPUT_OPERATION": "trigger", "INPUT_PORT-REGION": "us"},
            [EVENTS, "api.us.port.io"],
        ),
        ({"INPUT_PAGERDUTY-API-URL": "https://proxy.example.com/x"}, ["proxy.example.com"]),
        ({"INPUT_PAGERDUTY-API-URL": "http://127.0.0.1:8080"}, []),
        ({"INPUT_PAGERDUTY-API-URL": "nonsense"}, []),
        ({"HTTPS_PROXY": "http://proxy.example.com"}, []),
        ({"https_proxy": "http://proxy.example.com"}, []),
        ({"HTTPS_PROXY": ""}, [REST]),
    ],
)
def test_the_likely_hosts_are_connected_to_and_no_others(
    dialled: Addresses, environment: dict[str, str], hosts: list[str]
) -> None:
    settle(begin(environment), *hosts)
    assert sorted(dialled) == sorted((host, 443) for host in hosts)


@pytest.mark.parametrize(
    ("inputs", "hosts"),
    [
        ('{"operation": "Trigger", "port-client-id": "", "portClientId": "x"}', [EVENTS, PORT]),
        ('{"pagerduty-region": "eu", "operation": null}', ["api.eu.pagerduty.com"]),
        ('{"pagerduty-region": ["eu"]}', [REST]),
        ("[]", [REST]),
        ("{", [REST]),
        ("", [REST]),
    ],
)
def test_a_composite_actions_inputs_tell_the_hosts_as_well(
    dialled: Addresses, inputs: str, hosts: list[str]
) -> None:
    settle(begin({"INPUTS_JSON": inputs}), *hosts)
    assert sorted(dialled) == sorted((host, 443) for host in hosts)


def test_a_port_in_the_url_counts_and_a_host_is_connected_to_once(dialled: Addresses) -> None:
    head_start = HeadStart(["https://a.example:8443/v1", "https://a.example:8443/v2"], "ca.pem")
    assert head_start.take("a.example", 443) is None
    assert head_start.take("a.example", 8443) is None
    assert dialled == [("a.example", 8443)]


@pytest.mark.parametrize(
    ("environment", "bundle"),
    [
        ({}, ""),
        ({"SSL_CERT_FILE": "/c"}, "/c"),
        ({"CURL_CA_BUNDLE": "/b", "SSL_CERT_FILE": "/c"}, "/b"),
        ({"REQUESTS_CA_BUNDLE": "/a", "CURL_CA_BUNDLE": "/b"}, "/a"),
        ({"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": "/c"}, "/c"),
    ],
)
def test_a_companys_certificates_are_found(environment: dict[str, str], bundle: str) -> None:
    assert ca_bundle(environment) == bundle


@pytest.mark.parametrize("bundle", ["", "missing.pem", certifi.where()])
def test_what_cannot_be_verified_is_none(tmp_path: Path, bundle: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        head_start = HeadStart([f"https://127.0.0.1:{port}"], str(tmp_path / bundle))
        accepted, _ = server.accept()
        with accepted:
            accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            assert head_start.take("127.0.0.1", port) is None


@pytest.mark.parametrize("url", ["https://a.example:abc", "https://a.example:99999", "https://[a"])
def test_a_url_that_is_none_is_left_to_the_check_of_the_inputs(
    dialled: Addresses, url: str
) -> None:
    begin({"INPUT_PAGERDUTY-API-URL": url})
    assert dialled == []


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """List what made threads crash."""
    crashed: list[object] = []
    record: Callable[[object], None] = crashed.append
    monkeypatch.setattr(threading, "excepthook", record)
    return crashed


def test_a_host_name_that_cannot_be_encoded_crashes_no_thread(crashes: list[object]) -> None:
    host = f"{'a' * 64}.example"
    assert HeadStart([f"https://{host}"], "ca.pem").take(host, 443) is None
    assert crashes == []


@pytest.fixture
def port(tmp_path: Path) -> Iterator[tuple[Simulator, HeadStart]]:
    """Port behind TLS, slow to let anybody in, with a connection on its way."""
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        sim.faults.add(Fault(api="port", path=SIGN_IN, kind="slow", seconds=SLOWNESS, count=1))
        yield sim, HeadStart([sim.port.url], str(ca))


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
def test_a_connection_is_nobody_elses_while_an_answer_is_on_its_way(
    port: tuple[Simulator, HeadStart],
) -> None:
    sim, head_start = port
    url, address = sim.port.url + SIGN_IN, urlsplit(sim.port.url)
    began = time.monotonic()
    head_start.ask("POST", url, {}, b"{}")
    answers: list[EarlyAnswer | None] = []
    waiting = threading.Thread(target=lambda: answers.append(head_start.answer("POST", url)))
    waiting.start()
    time.sleep(0.1)
    taken = head_start.take(str(address.hostname), address.port or 0)
    assert time.monotonic() - began >= SLOWNESS
    assert taken is not None
    taken.close()
    waiting.join(5)
    (answer,) = answers
    assert answer is not None
    assert answer.status in {401, 422}


def test_what_cannot_be_sent_early_is_left_to_be_asked_later(dialled: Addresses) -> None:
    head_start = HeadStart([f"https://{REST}"], certifi.where())
    head_start.ask("GET", f"https://{REST}/\u00fc", {"Authorization": "Token token=\u00fc"})
    assert head_start.answer("GET", f"https://{REST}/\u00fc") is None
    assert dialled == [(REST, 443)]
