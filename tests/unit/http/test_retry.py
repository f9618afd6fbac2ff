"""How long to wait is what the API asks for, in whatever dialect it asks."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
import requests
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from pd_incident_action.http.messages import TRANSIENT_STATUSES
from pd_incident_action.http.retry import (
    Reached,
    backoff,
    policy,
    reached_server,
    retry_after,
)

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "body", "delay"),
    [
        ({}, None, None),
        ({"Retry-After": "7"}, None, 7),
        ({"retry-after": "0"}, None, 0),
        ({"RETRY-AFTER": "0.5"}, None, 0.5),
        ({"Retry-After": "-3"}, None, 0),
        ({"Retry-After": "soon"}, None, None),
        ({"Retry-After": ""}, None, None),
        ({"ratelimit-reset": "12"}, None, 12),
        ({"Ratelimit-Reset": "12", "Ratelimit-Remaining": "0"}, None, 12),
        ({"ratelimit-reset": "12", "ratelimit-remaining": "3"}, None, None),
        ({"x-ratelimit-reset": str(NOW + 30)}, None, 30),
        ({"x-ratelimit-reset": str(NOW - 30)}, None, 0),
        ({"x-ratelimit-reset": str(NOW + 30), "x-ratelimit-remaining": "1"}, None, None),
        ({"x-ratelimit-reset": str(NOW + 30), "x-ratelimit-remaining": " 0 "}, None, 30),
        ({}, {"rate_limit": {"retry_after": 9}}, 9),
        ({}, {"rate_limit": {"retry_after": "9"}}, 9),
        ({}, {"rate_limit": {"retry_after": None}}, None),
        ({}, {"rate_limit": None}, None),
        ({}, {"rate_limit": "9"}, None),
        ({}, ["rate_limit"], None),
        ({"Retry-After": "2", "ratelimit-reset": "12"}, {"rate_limit": {"retry_after": 9}}, 2),
        ({"Retry-After": "soon", "ratelimit-reset": "12"}, None, 12),
        ({"ratelimit-reset": "12"}, {"rate_limit": {"retry_after": 9}}, 9),
    ],
)
def test_the_delay_is_read_in_every_dialect(
    headers: dict[str, str], body: object, delay: float | None
) -> None:
    assert retry_after(headers, body, now=NOW) == delay


@pytest.mark.parametrize("place", ["header", "body"])
@pytest.mark.parametrize("form", ["mail", "iso"])
@pytest.mark.parametrize(("offset", "expected"), [(60, 60), (-60, 0)])
def test_the_delay_can_be_a_date(place: str, form: str, offset: float, expected: float) -> None:
    moment = time.time() + offset
    iso = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    date = iso if form == "iso" else formatdate(moment, usegmt=True)
    headers = {"Retry-After": date} if place == "header" else {}
    body = {"rate_limit": {"retry_after": date}} if place == "body" else None
    assert retry_after(headers, body, now=time.time()) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(("asked", "low", "high"), [("3", 3.1, 3.3), ("0", 0.1, 0.3)])
def test_what_the_api_asks_for_is_waited_with_a_little_jitter(
    asked: str, low: float, high: float
) -> None:
    waits = [backoff(policy(), {"Retry-After": asked}, None) for _ in range(50)]
    assert all(low <= wait <= high for wait in waits)
    assert len(set(waits)) > 1


def test_the_first_retry_comes_almost_at_once_and_later_ones_back_off() -> None:
    current, waits = policy(), []
    for _ in range(12):
        current = current.increment("GET", "/")
        waits.append(backoff(current, {}, None))
    assert 0.1 <= waits[0] <= 0.3
    assert waits[0] < waits[3] < waits[5]
    assert max(waits) <= 20


def test_attempts_are_not_limited_by_number() -> None:
    current = policy()
    for _ in range(100):
        current = current.increment("POST", "/")
    assert not current.is_exhausted()


def test_only_what_can_heal_is_transient() -> None:
    assert set(TRANSIENT_STATUSES) == {408, 429, 500, 502, 503, 504}


POOL = HTTPSConnectionPool("api.example.com")
CONNECTION = HTTPSConnection("api.example.com")
NO_SUCH_HOST = NameResolutionError("api.example.com", CONNECTION, socket.gaierror())


def wrapped(reason: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/incidents", reason)


@pytest.mark.parametrize(
    ("error", "reached"),
    [
        (requests.ConnectTimeout("timed out"), "no"),
        (requests.ConnectionError(wrapped(NewConnectionError(CONNECTION, "refused"))), "no"),
        (requests.ConnectionError(wrapped(ConnectTimeoutError("slow"))), "no"),
        (requests.ConnectionError(wrapped(NO_SUCH_HOST)), "no"),
        (requests.exceptions.ProxyError(wrapped(ProxyError("down", OSError()))), "no"),
        (requests.ConnectionError(ProtocolError("Connection aborted.")), "maybe"),
        (requests.ConnectionError(wrapped(ReadTimeoutError(POOL, "/", "slow"))), "maybe"),
        (requests.ReadTimeout("timed out"), "maybe"),
        (requests.ConnectionError(), "maybe"),
        (requests.exceptions.ChunkedEncodingError("cut"), "maybe"),
    ],
)
def test_only_a_connection_that_was_never_made_certainly_did_nothing(
    error: requests.RequestException, reached: Reached
) -> None:
    assert reached_server(error) == reached
