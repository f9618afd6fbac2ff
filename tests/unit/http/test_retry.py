"""How long to wait is what the API asks for, in whatever dialect it asks."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pd_incident_action.http.retry import backoff, rate_limit, retry_after

NOW = 1_800_000_000.0


def test_the_delay_is_read_in_every_dialect() -> None:
    for headers, body, delay in [
        ({}, None, None),
        ({"retry-after": "7"}, None, 7),
        ({"retry-after": "0"}, None, 0),
        ({"retry-after": "0.5"}, None, 0.5),
        ({"retry-after": "-3"}, None, 0),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": ""}, None, None),
        ({"ratelimit-reset": "12"}, None, 12),
        ({"ratelimit-reset": "12", "ratelimit-remaining": "0"}, None, 12),
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
        ({"retry-after": "2", "ratelimit-reset": "12"}, {"rate_limit": {"retry_after": 9}}, 2),
        ({"retry-after": "soon", "ratelimit-reset": "12"}, None, 12),
        ({"ratelimit-reset": "12"}, {"rate_limit": {"retry_after": 9}}, 9),
    ]:
        assert retry_after(headers, body, now=NOW) == delay


def test_the_delay_can_be_a_date() -> None:
    for offset, expected in [(60, 60), (-60, 0)]:
        for form in ["mail", "iso"]:
            for place in ["header", "body"]:
                moment = time.time() + offset
                iso = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                date = iso if form == "iso" else formatdate(moment, usegmt=True)
                headers = {"retry-after": date} if place == "header" else {}
                body = {"rate_limit": {"retry_after": date}} if place == "body" else None
                assert retry_after(headers, body, now=time.time()) == pytest.approx(expected, abs=2)


def test_what_the_api_asks_for_is_waited_with_a_little_jitter() -> None:
    for asked, low, high in [("3", 3.1, 3.3), ("0", 0.1, 0.3)]:
        waits = [backoff(1, {"retry-after": asked}, None) for _ in range(50)]
        assert all(low <= wait <= high for wait in waits)
        assert len(set(waits)) > 1


def test_the_first_retry_comes_almost_at_once_and_later_ones_back_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for attempts, *limits in [
        (1, 0.1, 0.3),
        (2, 0.5, 1),
        (3, 1, 1.5),
        (4, 2, 2.5),
        (7, 16, 16.5),
        (8, 20, 20),
        (5000, 20, 20),
    ]:
        for index in (0, 1):
            monkeypatch.setattr(random, "uniform", lambda *given, index=index: given[index])
            assert backoff(int(attempts), {}, None) == pytest.approx(limits[index])


def test_a_time_that_the_api_names_is_waited_for() -> None:
    headers = {"x-ratelimit-reset": str(time.time() + 30)}
    assert backoff(5, headers, None) == pytest.approx(30, abs=2)
    assert rate_limit(headers).reset == pytest.approx(30, abs=2)


def test_an_api_that_asks_for_no_wait_is_not_flooded() -> None:
    for asked in ["0", "-5", "0.01", formatdate(0), "1970-01-01T00:00:00Z"]:
        waits = [backoff(attempts, {"retry-after": asked}, None) for attempts in range(1, 20)]
        assert sum(waits[:4]) > 3
        assert waits[-1] == 20


@given(st.text(), st.text(), st.recursive(st.text() | st.floats() | st.none(), st.lists))
def test_no_odd_header_or_body_is_an_error(name: str, value: str, body: object) -> None:
    for header in ("retry-after", "ratelimit-remaining", "x-ratelimit-limit", name):
        headers = {header: value, "ratelimit-reset": value}
        assert backoff(1, headers, {"rate_limit": {"retry_after": body}}) >= 0
        rate_limit(headers, now=NOW)


def test_what_is_still_allowed_is_read() -> None:
    for headers, allowed in [
        ({}, (None, None, None)),
        ({"ratelimit-remaining": "5"}, (5, None, None)),
        ({"ratelimit-remaining": "many", "ratelimit-reset": "soon"}, (None, None, None)),
        (
            {"ratelimit-limit": "960", "ratelimit-remaining": "5", "ratelimit-reset": "9"},
            (5, 960, 9),
        ),
        (
            {
                "x-ratelimit-limit": "1000",
                "x-ratelimit-remaining": " 5",
                "x-ratelimit-reset": str(NOW + 9),
            },
            (5, 1000, 9),
        ),
        ({"x-ratelimit-limit": "60, 1200;window=60"}, (None, 60, None)),
        ({"ratelimit-limit": "9" * 5000, "ratelimit-reset": "0001-01-01"}, (None, None, None)),
    ]:
        assert rate_limit(headers, now=NOW) == allowed
