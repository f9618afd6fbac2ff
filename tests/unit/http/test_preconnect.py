"""A connection that is begun early is used once; one that can't be made changes nothing."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import certifi
import pytest
from urllib3.util import create_urllib3_context

import private_ca
from harness import ACCOUNT_TOKEN
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.http.preconnect import Preconnector, find_ca_bundle, preconnect, tls_context
from pd_incident_action.http.session import open_session
from pd_incident_action.pagerduty.client import token_auth
from pd_incident_simulator import Simulator

Connect = Callable[..., ApiClient]
READ = ApiRequest("GET", "/incidents", "list incidents")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Server:
    """Accepts connections on loopback."""

    listening: socket.socket

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def accept(self) -> socket.socket:
        connection, _ = self.listening.accept()
        connection.settimeout(10)
        return connection

    def answer(self, connection: socket.socket, times: int) -> None:
        for _ in range(times):
            assert connection.recv(65536)
            connection.sendall(OK)


@pytest.fixture
def server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield Server(listening)


def test_it_is_used_for_the_first_request_and_kept_for_those_that_follow(
    server: Server, connect: Connect
) -> None:
    sent: list[int] = []
    preconnector = Preconnector([server.url])
    # Before anything asks for it.
    with server.accept() as connection:
        session = open_session(preconnector=preconnector, on_sent=lambda: sent.append(1))
        client = connect(base_url=server.url, session=session, max_attempts=1)
        answering = threading.Thread(target=server.answer, args=(connection, 2))
        answering.start()
        for _ in range(2):
            client.send(READ)
        answering.join(10)
    assert sent == [1, 1]


def test_a_connection_is_given_away_once(server: Server) -> None:
    preconnector = Preconnector([f"{server.url}/v1", f"{server.url}/v2"])
    port = server.listening.getsockname()[1]
    assert preconnector.take("https", "127.0.0.1", port, 5) is None
    assert preconnector.take("http", "127.0.0.2", port, 5) is None
    taken = preconnector.take("http", "127.0.0.1", port, 5)
    assert taken is not None
    assert taken.getpeername() == ("127.0.0.1", port)
    taken.close()
    assert preconnector.take("http", "127.0.0.1", port, 5) is None


def test_a_connection_that_the_server_has_closed_is_made_anew(
    server: Server, connect: Connect
) -> None:
    preconnector = Preconnector([server.url])
    server.accept().close()
    session = open_session(preconnector=preconnector)
    client = connect(base_url=server.url, session=session, max_attempts=1)

    def serve() -> None:
        with server.accept() as connection:
            server.answer(connection, 1)

    serving = threading.Thread(target=serve)
    serving.start()
    note = ApiRequest("POST", "/notes", "add the note", json={}, idempotent=False)
    client.send(note)
    serving.join(10)


def test_a_url_that_makes_no_sense_is_left_to_those_who_report_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes: list[object] = []
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    too_long = f"{'a' * 64}.example"
    for url in [
        "",
        "nonsense",
        "ftp://files.example.com",
        "https://a.example:abc",
        "https://a.example:99999",
        "https://[a",
        "https://",
        f"https://{too_long}",
    ]:
        assert Preconnector([url]).take("https", too_long, None, 5) is None
    assert crashes == []


def test_nothing_goes_past_a_proxy() -> None:
    for environment, is_begun in [
        ({}, True),
        ({"HTTPS_PROXY": ""}, True),
        ({"HTTPS_PROXY": "http://proxy.example.com"}, False),
        ({"https_proxy": "http://proxy.example.com"}, False),
        ({"http_proxy": "http://proxy.example.com"}, False),
        ({"ALL_PROXY": "http://proxy.example.com"}, False),
    ]:
        assert (preconnect([], environment) is not None) is is_begun


def test_a_companys_certificates_are_found() -> None:
    for environment, bundle in [
        ({}, ""),
        ({"SSL_CERT_FILE": "/c"}, "/c"),
        ({"CURL_CA_BUNDLE": "/b", "SSL_CERT_FILE": "/c"}, "/b"),
        ({"REQUESTS_CA_BUNDLE": "/a", "CURL_CA_BUNDLE": "/b"}, "/a"),
        ({"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": "/c"}, "/c"),
    ]:
        assert find_ca_bundle(environment) == bundle


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
def test_with_tls_all_requests_share_the_connection(tmp_path: Path, connect: Connect) -> None:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        preconnector = Preconnector([sim.pagerduty.url], str(ca))
        session, auth = open_session(str(ca), preconnector), token_auth(ACCOUNT_TOKEN)
        client = connect(base_url=sim.pagerduty.url, session=session, authenticate=auth)
        for _ in range(3):
            client.send(READ)
        assert len({exchange.connection for exchange in sim.exchanges}) == 1
        assert len(sim.exchanges) == 3


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
def test_a_connection_that_cannot_be_verified_is_none(tmp_path: Path) -> None:
    for host, bundle in [
        ("other.example.com", "ca.pem"),
        ("127.0.0.1", certifi.where()),
        ("127.0.0.1", "missing.pem"),
    ]:
        _, tls = private_ca.make(tmp_path, host=host)
        with Simulator(tls=tls) as sim:
            preconnector = Preconnector([sim.pagerduty.url], str(tmp_path / bundle))
            port = int(sim.pagerduty.url.rpartition(":")[2])
            assert preconnector.take("https", "127.0.0.1", port, 5) is None


def test_certificates_are_verified_as_urllib3_verifies_them() -> None:
    ours, theirs = tls_context(""), create_urllib3_context()
    for name in ("verify_mode", "check_hostname", "hostname_checks_common_name"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.minimum_version >= theirs.minimum_version
    assert ours.verify_flags & theirs.verify_flags == theirs.verify_flags
