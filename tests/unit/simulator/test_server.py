"""The listeners speak HTTP as real servers do, as far and as fast as they are told."""

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


def abilities(sim: Simulator) -> requests.Request:
    headers = {"Authorization": "Token token=pd-account-token"}
    return requests.Request("GET", f"{sim.pagerduty.url}/abilities", headers=headers)


def get(session: requests.Session, sim: Simulator) -> float:
    """Ask once, and tell how many seconds it took."""
    started = time.monotonic()
    answer = session.send(session.prepare_request(abilities(sim)), timeout=5)
    assert answer.status_code == 200
    return time.monotonic() - started


def test_it_starts_and_stops_quickly() -> None:
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        with Simulator():
            pass
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.3


def test_each_api_has_a_port_of_its_own_on_loopback(sim: Simulator) -> None:
    urls = {listener.url for listener in (sim.pagerduty, sim.events, sim.port, sim.control)}
    assert len(urls) == 4
    assert all(url.startswith("http://127.0.0.1:") for url in urls)


def test_a_connection_serves_many_requests_without_delay(sim: Simulator) -> None:
    with requests.Session() as session:
        seconds = [get(session, sim) for _ in range(9)]
    assert len({exchange.connection for exchange in sim.exchanges}) == 1
    assert min(seconds) < 0.03, "delayed acknowledgements take 40 ms"


def test_connections_are_told_apart(sim: Simulator) -> None:
    for _ in range(2):
        with requests.Session() as session:
            get(session, sim)
    assert len({exchange.connection for exchange in sim.exchanges}) == 2


def test_an_exchange_holds_both_sides(sim: Simulator) -> None:
    url = f"{sim.pagerduty.url}/incidents/a%2Fb?x=1&x=2&y="
    before = time.monotonic()
    answer = requests.put(url, json={"a": "é"}, headers={"X-Thing": "7"}, timeout=5)
    (exchange,) = sim.exchanges
    assert (exchange.api, exchange.method) == ("pagerduty", "PUT")
    assert exchange.path == "/incidents/a%2Fb"
    assert exchange.query == {"x": ["1", "2"], "y": [""]}
    assert exchange.headers["x-thing"] == "7"
    assert exchange.json == {"a": "é"}
    assert exchange.body == answer.request.body
    assert before <= exchange.arrived <= time.monotonic()
    assert (exchange.status, exchange.response_body) == (401, answer.content)
    assert exchange.response_headers["ratelimit-reset"] == answer.headers["ratelimit-reset"]
    assert exchange.fault is None


def test_exchanges_of_all_apis_are_listed_as_they_arrived(sim: Simulator) -> None:
    for url in (sim.port.url, sim.events.url, sim.pagerduty.url, sim.control.url):
        requests.get(url, timeout=5)
    assert [exchange.api for exchange in sim.exchanges] == ["port", "events", "pagerduty"]


def test_the_latency_is_paid_by_connection_and_by_request() -> None:
    with Simulator(latency_ms=40) as sim, requests.Session() as session:
        first = get(session, sim)
        later = [get(session, sim) for _ in range(9)]
        started = time.monotonic()
        get(session, sim)
        arrived = sim.exchanges[-1].arrived - started
    assert first >= 0.08, "one round trip for TCP, one for the request"
    assert 0.04 <= min(later) < 0.08, "one round trip for the request"
    assert arrived >= 0.02, "half of one until it arrives"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tls]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command")
    return private_ca.make(tmp_path_factory.mktemp("ca"))


def test_https_costs_a_round_trip_more(authority: tuple[Path, Tls]) -> None:
    ca, tls = authority
    with Simulator(tls=tls, latency_ms=40) as sim, requests.Session() as session:
        assert sim.pagerduty.url.startswith("https://127.0.0.1:")
        session.verify = str(ca)
        first = get(session, sim)
        later = [get(session, sim) for _ in range(9)]
    assert first >= 0.12, "one round trip each for TCP, TLS and the request"
    assert 0.04 <= min(later) < 0.08, "one round trip for the request"


def test_a_certificate_that_isnt_trusted_is_the_clients_to_refuse(
    authority: tuple[Path, Tls],
) -> None:
    with Simulator(tls=authority[1]) as sim:
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(sim.pagerduty.url, timeout=5)
        assert sim.exchanges == []


@pytest.mark.parametrize("secure", [False, True])
def test_stopping_drops_connections_that_are_open(
    authority: tuple[Path, Tls], *, secure: bool
) -> None:
    ca, tls = authority
    with Simulator(tls=tls if secure else None) as sim, requests.Session() as session:
        session.verify = str(ca)
        get(session, sim)
        sim.pagerduty.stop()
        with pytest.raises(requests.ConnectionError):
            get(session, sim)


def test_nonsense_ends_the_connection_and_nothing_else(sim: Simulator) -> None:
    host, port = sim.pagerduty.url.removeprefix("http://").split(":")
    for nonsense in (b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(nonsense)
            while connection.recv(4096):
                pass
    with requests.Session() as session:
        get(session, sim)


def test_a_bug_of_its_own_is_told_and_not_taken_for_a_lost_packet(
    sim: Simulator, pagerduty: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    sim.pagerduty.state.users = {"broken": {}}
    answer = pagerduty("GET", "/users")
    assert answer.status_code == 500
    assert "The simulator failed: KeyError('name')" in answer.json()["message"]
    assert "Traceback" in capfd.readouterr().err
    assert [exchange.status for exchange in sim.exchanges] == [500]
