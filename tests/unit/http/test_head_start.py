"""Connections are begun where the run will most likely need them; a failed one changes nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import certifi
import pytest

from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.preconnect import Preconnector, begin, ca_bundle
from pd_incident_action.http.wire import Outgoing, Received

REST, EVENTS, PORT = "api.pagerduty.com", "events.pagerduty.com", "api.port.io"
SIGNED_UP = {"INPUT_PORT-CLIENT-ID": "the-id"}

Addresses = list[tuple[str, int]]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """List the addresses that were to be connected to; none of them answers."""
    addresses: Addresses = []

    def connect(address: tuple[bytes, int], timeout: float) -> socket.socket:
        assert timeout <= 5
        addresses.append((address[0].decode(), address[1]))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return addresses


def ask(head_start: Preconnector, url: str) -> Received | None:
    """Try a request on the early connection to a URL's host."""
    connection = head_start.connection(url)
    return connection.exchange(Outgoing("GET", url, {}), 5, Deadline(5)) if connection else None


def settle(head_start: Preconnector, *hosts: str) -> None:
    """Wait for the connections' threads."""
    for host in hosts:
        assert ask(head_start, f"https://{host}/") is None


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({}, [REST]),
        (SIGNED_UP, [REST, PORT]),
        ({"INPUT_PORTCLIENTID": "the-id"}, [REST, PORT]),
        ({"INPUT_PORT-CLIENT-ID": " "}, [REST]),
        ({"INPUT_OPERATION": "escalate"}, [REST]),
        ({"INPUT_OPERATION": " Trigger "}, [EVENTS]),
        ({"INPUT_OPERATION": "trigger", "INPUT_PAGERDUTY-TOKEN": "t"}, [EVENTS, REST]),
        ({"INPUT_PROVIDER": "incident-io"}, ["api.incident.io"]),
        ({"INPUT_PAGERDUTY-CLIENT-ID": "app"}, [REST, "identity.pagerduty.com"]),
        ({"INPUT_PAGERDUTY-REGION": "eu"}, ["api.eu.pagerduty.com"]),
        ({"INPUT_PAGERDUTY-REGION": "mars"}, []),
        (
            SIGNED_UP | {"INPUT_OPERATION": "trigger", "INPUT_PORT-REGION": "us"},
            [EVENTS, "api.us.port.io"],
        ),
        ({"INPUT_PAGERDUTY-API-URL": "https://proxy.example.com/x"}, ["proxy.example.com"]),
        ({"INPUT_PAGERDUTY-API-URL": "nonsense"}, []),
        ({"INPUT_PAGERDUTY-API-URL": "ftp://files.example.com:443"}, []),
        ({"HTTPS_PROXY": "http://proxy.example.com"}, []),
        ({"https_proxy": "http://proxy.example.com"}, []),
        ({"ALL_PROXY": "http://proxy.example.com"}, []),
        ({"http_proxy": "http://proxy.example.com"}, [REST]),
        (
            {
                "http_proxy": "http://proxy.example.com",
                "INPUT_PAGERDUTY-API-URL": "http://127.0.0.1:8080",
            },
            [],
        ),
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
    head_start = Preconnector(["https://a.example:8443/v1", "https://a.example:8443/v2"], "ca.pem")
    assert head_start.connection("https://a.example/v1") is None
    assert ask(head_start, "https://a.example:8443/v1") is None
    assert dialled == [("a.example", 8443)]


def test_without_tls_the_port_is_another(dialled: Addresses) -> None:
    head_start = Preconnector(["http://a.example"], "ca.pem")
    assert head_start.connection("https://a.example") is None
    assert ask(head_start, "http://a.example/") is None
    assert dialled == [("a.example", 80)]


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
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        head_start = Preconnector([url], str(tmp_path / bundle))
        accepted, _ = server.accept()
        with accepted:
            accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            assert ask(head_start, url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example:abc",
        "https://a.example:99999",
        "https://a.example:-5",
        "https://a.example:٣",
        f"https://a.example:{'9' * 5000}",
        "https://[a",
        "https://[::1]",
        "https://ada:secret@a.example",
        "https://a.example\\.b.example",
        "https://a.example?b.example",
        "https://a_b.example",
        "https://bücher.example",
        "https://",
    ],
)
def test_a_url_that_is_not_plain_is_left_to_those_who_can_read_it(
    dialled: Addresses, url: str
) -> None:
    assert begin({"INPUT_PAGERDUTY-API-URL": url}).connection(url) is None
    assert dialled == []


def test_what_is_asked_of_nobody_in_particular_is_not_sent(dialled: Addresses) -> None:
    head_start = Preconnector(["https://a.example"], certifi.where())
    head_start.ask(Outgoing("GET", "https://b.example/", {}))
    assert ask(head_start, "https://a.example/") is None
    assert dialled == [("a.example", 443)]
