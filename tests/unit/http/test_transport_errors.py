"""What kept a request from being answered is told apart by types, however deep they are wrapped."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import requests
import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from pd_incident_action.http.messages import InvalidResponse
from pd_incident_action.http.retry import classify, is_about_ca_bundle
from pd_incident_action.http.session import open_session

CONNECTION = HTTPSConnection("api.example.com")
POOL = urllib3.HTTPSConnectionPool("api.example.com")


def wrapped(reason: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/incidents", reason)


def test_a_failure_is_told_by_its_type() -> None:
    for error, what, was_sent in [
        (
            requests.exceptions.SSLError(
                wrapped(urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("unknown")))
            ),
            "its TLS certificate could not be verified",
            False,
        ),
        (requests.exceptions.InvalidURL("bad host"), "the request could not be made", False),
        (requests.exceptions.InvalidHeader("bad header"), "the request could not be made", False),
        (
            requests.exceptions.ProxyError(
                wrapped(ProxyError("down", NewConnectionError(CONNECTION, "refused")))
            ),
            "the proxy refused the connection",
            False,
        ),
        (
            requests.ConnectTimeout(wrapped(ConnectTimeoutError(CONNECTION, "slow"))),
            "it gave no answer in time",
            False,
        ),
        (
            requests.ConnectionError(wrapped(NewConnectionError(CONNECTION, "unreachable"))),
            "the connection could not be made",
            False,
        ),
        (
            requests.ConnectionError(wrapped(ReadTimeoutError(POOL, "/", "slow"))),
            "it gave no answer in time",
            True,
        ),
        (requests.ReadTimeout("timed out"), "it gave no answer in time", True),
        (ReadTimeoutError(POOL, "/", "slow"), "it gave no answer in time", True),
        (
            requests.ConnectionError(ProtocolError("Connection aborted.")),
            "the connection broke",
            True,
        ),
        (requests.ConnectionError(), "the connection broke", True),
        (OSError(5, "Input/output error"), "the connection broke", True),
        (InvalidResponse("its answer was not JSON"), "its answer was not JSON", True),
    ]:
        failure = classify(error)
        assert (failure.what, failure.was_sent) == (what, was_sent)
        assert failure.cause
        assert failure.remedy


def failure_of(url: str) -> BaseException:
    with pytest.raises(requests.RequestException) as caught:
        open_session().get(url, timeout=5)
    return caught.value


def test_a_refused_connection_is_recognised() -> None:
    # Bound and never listening: nobody else gets the port.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        failure = classify(failure_of(f"http://127.0.0.1:{closed.getsockname()[1]}"))
    assert (failure.what, failure.was_sent) == ("the connection was refused", False)


def test_an_unknown_host_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    failure = classify(failure_of("http://api.example.com"))
    assert (failure.what, failure.was_sent) == ("its host name could not be resolved", False)


def test_only_what_can_never_work_is_permanent() -> None:
    for permanent in [True, False]:
        errors: tuple[Exception, ...] = (requests.ConnectionError(), requests.ReadTimeout())
        if permanent:
            certificate = ssl.SSLCertVerificationError("unknown")
            errors = (
                requests.exceptions.InvalidSchema(),
                requests.exceptions.SSLError(certificate),
            )
        assert {classify(error).is_permanent for error in errors} == {permanent}


def test_only_a_ca_bundle_that_cannot_be_read_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(ssl.SSLError) as unreadable:
        ssl.create_default_context(cafile=tmp_path / "ca.pem")
    for error, is_about_it in [
        (OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"), True),
        (requests.exceptions.SSLError(wrapped(unreadable.value)), True),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError("unknown")), False),
        (requests.ConnectionError("Connection aborted."), False),
        (OSError(5, "Input/output error"), False),
    ]:
        assert is_about_ca_bundle(error) is is_about_it
