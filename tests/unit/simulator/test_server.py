"""The listeners: connections, latency, TLS, and the record of exchanges."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

import private_ca
from pd_incident_simulator import Simulator, Tls

Ask = Callable[..., requests.Response]


def get(session: requests.Session, sim: Simulator) -> float:
    """Send a request; return how many seconds it took."""
    started = time.monotonic()
    # Given here, since otherwise a variable like REQUESTS_CA_BUNDLE would override it.
    session.get(f"{sim.pagerduty.url}/users", verify=session.verify, timeout=5)
    return time.monotonic() - started


def test_connections_are_kept_open_and_told_apart(sim: Simulator) -> None:
    for _ in range(2):
        with requests.Session() as session:
            get(session, sim)
            get(session, sim)
    numbers = [exchange.connection for exchange in sim.exchanges]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]


def test_an_exchange_holds_request_and_response_but_for_the_control_apis(sim: Simulator) -> None:
    url = f"{sim.pagerduty.url}/incidents/a%2Fb?x=1&x=2&y="
    before = time.monotonic()
    response = requests.put(url, json={"a": "é"}, headers={"X-Thing": "7"}, timeout=5)
    (exchange,) = sim.exchanges
    assert (exchange.api, exchange.method) == ("pagerduty", "PUT")
    assert exchange.path == "/incidents/a%2Fb"
    assert exchange.query == {"x": ["1", "2"], "y": [""]}
    assert exchange.headers["x-thing"] == "7"
    assert exchange.json == {"a": "é"}
    assert exchange.body == response.request.body
    assert before <= exchange.arrived <= time.monotonic()
    assert (exchange.status, exchange.response_body) == (401, response.content)
    assert exchange.response_headers["ratelimit-reset"] == response.headers["ratelimit-reset"]
    assert exchange.fault is None
    for url in (sim.port.url, sim.events.url, sim.control.url, sim.pagerduty.url):
        requests.get(url, timeout=5)
    assert [one.api for one in sim.exchanges] == ["pagerduty", "port", "events", "pagerduty"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tls]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command")
    return private_ca.make(tmp_path_factory.mktemp("ca"))


def test_latency_is_paid_by_connection_and_by_request(authority: tuple[Path, Tls]) -> None:
    ca, tls = authority
    with Simulator(latency_ms=20) as sim, requests.Session() as session:
        first, later = get(session, sim), get(session, sim)
    assert first >= 0.04, "one round trip for TCP, one for the request"
    assert later >= 0.02, "one round trip for the request"
    with Simulator(tls=tls, latency_ms=20) as sim, requests.Session() as session:
        assert sim.pagerduty.url.startswith("https://127.0.0.1:")
        with pytest.raises(requests.exceptions.SSLError):
            get(session, sim)
        assert sim.exchanges == []
        session.verify = str(ca)
        assert get(session, sim) >= 0.06, "one round trip each for TCP, TLS and the request"


@pytest.mark.parametrize("secure", [False, True])
def test_a_stopped_listener_drops_connections_and_refuses_new_ones(
    authority: tuple[Path, Tls], *, secure: bool
) -> None:
    ca, tls = authority
    with Simulator(tls=tls if secure else None) as sim, requests.Session() as session:
        session.verify = str(ca)
        get(session, sim)
        url = sim.pagerduty.url
        sim.pagerduty.stop()
        with pytest.raises(requests.ConnectionError):
            get(session, sim)
        with pytest.raises(requests.ConnectionError, match="refused"):
            get(session, sim)
        sim.pagerduty.start()
        assert sim.pagerduty.url == url
        get(session, sim)


def test_malformed_requests_end_their_connection_and_nothing_else(sim: Simulator) -> None:
    host, port = sim.pagerduty.url.removeprefix("http://").split(":")
    for malformed in (b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(malformed)
            while connection.recv(4096):
                pass
    with requests.Session() as session:
        get(session, sim)


def test_a_bug_of_the_simulator_is_a_500_with_a_traceback(
    sim: Simulator, pagerduty: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    sim.pagerduty.state.users = {"broken": {}}
    response = pagerduty("GET", "/users")
    assert response.status_code == 500
    assert "The simulator failed: KeyError('name')" in response.json()["message"]
    assert "Traceback" in capfd.readouterr().err


def test_unknown_paths_and_methods(sim: Simulator, pagerduty: Ask, port: Ask) -> None:
    assert pagerduty("GET", "/nothing").json()["error"]["code"] == 2100
    assert pagerduty("DELETE", "/users").status_code == 405
    assert port("GET", "/nothing").status_code == 404
    assert requests.get(f"{sim.control.url}/control/nothing", timeout=5).status_code == 404
