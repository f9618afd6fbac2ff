"""An attempt ends in time and when the job is cancelled, whatever the other side does meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pd_incident_action.errors import ApiUnreachable, Cancelled
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Cancellation, Deadline
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.http.session import open_session
from slow_servers import SLOW, dripping, serving, silence, silent_resolver

WRITE = ApiRequest("POST", "/incidents", "create the incident", json={})
Connect = Callable[..., ApiClient]


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_never_ends_is_waited_for_as_long_as_an_attempt_may_take(
    connect: Connect, name: str
) -> None:
    with serving(SLOW[name]) as server:
        began = time.monotonic()
        client = connect(base_url=f"http://{server.host}", attempt_seconds=0.3, max_attempts=1)
        with pytest.raises(ApiUnreachable, match="it gave no answer in time"):
            client.send(WRITE)
        assert 0.2 < time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["drops of a body", "nothing"])
def test_an_answer_is_not_waited_for_once_the_job_is_cancelled(name: str, connect: Connect) -> None:
    cancellation = Cancellation()
    with serving(SLOW[name]) as server:
        client = connect(
            base_url=f"http://{server.host}",
            deadline=Deadline(30),
            session=open_session(cancellation=cancellation),
        )
        threading.Thread(target=cancel_when, args=(server.connected, cancellation)).start()
        began = time.monotonic()
        with pytest.raises(Cancelled, match="SIGTERM"):
            client.send(WRITE)
        assert time.monotonic() - began < 10


def cancel_when(happened: threading.Event, cancellation: Cancellation) -> None:
    happened.wait(10)
    cancellation.cancel("SIGTERM")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_proxy", [False, True])
def test_tls_and_proxies_that_stall_are_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, scheme: str, *, is_proxy: bool
) -> None:
    with serving(dripping(b"HTTP/1.1 2", b"0")) as server:
        host = server.host
        if is_proxy:
            monkeypatch.setenv(f"{scheme}_proxy", f"http://{host}")
            host = "api.example.com"
        began = time.monotonic()
        client = connect(base_url=f"{scheme}://{host}", attempt_seconds=0.3, max_attempts=1)
        with pytest.raises(ApiUnreachable):
            client.send(WRITE)
        assert time.monotonic() - began < 10


def test_a_resolver_that_does_not_answer_is_given_up_and_nothing_is_sent_later(
    connect: Connect,
) -> None:
    with silent_resolver() as resolver, serving(silence) as server:
        url = f"http://{server.host}"
        began = time.monotonic()
        with pytest.raises(ApiUnreachable, match="it gave no answer in time"):
            connect(base_url=url, attempt_seconds=0.2, max_attempts=2).send(WRITE)
        assert time.monotonic() - began < 10
        resolver.set()
        left_behind = [one for one in threading.enumerate() if one.name == "connect"]
        assert len(left_behind) >= 2
        for thread in left_behind:
            thread.join(10)
        assert set(server.received) <= {b""}


def test_a_resolver_that_does_not_answer_does_not_hold_up_a_cancelled_job(
    connect: Connect,
) -> None:
    cancellation, connecting = Cancellation(), threading.Event()
    session = open_session(cancellation=cancellation)
    threading.Thread(target=cancel_when, args=(connecting, cancellation)).start()

    def authenticate() -> dict[str, str]:
        connecting.set()
        return {}

    with silent_resolver(), serving(silence) as server:
        client = connect(
            base_url=f"http://{server.host}", session=session, authenticate=authenticate
        )
        began = time.monotonic()
        with pytest.raises(Cancelled):
            client.send(WRITE)
        assert time.monotonic() - began < 10
