"""When to send a request again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

from pd_incident_action.errors import AnswerTooLarge, ApiError, ApiRejected, ApiUnreachable

from . import transport_errors
from .messages import ApiRequest

_BACKOFF_SECONDS = 0.25
_MAX_BACKOFF_SECONDS = 20.0
_MAX_DOUBLINGS = 7
# An API that asks for no wait at all, again and again, is not to be flooded.
_MIN_ASKED_SECONDS = 1.0
# An epoch is a huge number of seconds, a delay a small one: 10^8 s are three years.
_EPOCH = 10**8


class RateLimit(NamedTuple):
    """What an API still allows; None where it doesn't tell.

    Attributes:
        remaining: how many requests.
        limit: how many in all, from one reset to the next.
        reset: seconds until all of them are allowed again.
    """

    remaining: int | None
    limit: int | None
    reset: float | None


def can_retry(request: ApiRequest, error: ApiError) -> bool:
    """Check whether sending a request again may help, and does no harm."""
    if isinstance(error, ApiRejected):
        return False
    if isinstance(error, AnswerTooLarge) and not request.writes:
        # It would be as large again.
        return False
    if isinstance(error, ApiUnreachable):
        failure = transport_errors.classify(error.__cause__)
        return not failure.is_permanent and (request.idempotent or not failure.was_sent)
    return request.idempotent or error.status == HTTPStatus.TOO_MANY_REQUESTS


def backoff(attempts: int, headers: Mapping[str, str], body: object) -> float:
    """Return how many seconds to wait before the next attempt.

    The first retry comes almost at once, since a page that hit one bad connection shouldn't wait.

    Args:
        attempts: how many attempts have failed.
        headers: the last response's headers, names in lower case; empty without a response.
        body: its parsed JSON, or None.

    Returns:
        What the API asks for, if that is a second or more, or else an exponential backoff; both
        with jitter, so that the jobs of a whole organisation don't come back at the same moment.
    """
    asked = retry_after(headers, body, now=time.time()) or 0.0
    wait = asked + _jitter(0.1, 0.3)
    if asked >= _MIN_ASKED_SECONDS or attempts == 1:
        return wait
    delay = _BACKOFF_SECONDS * float(2 ** min(attempts - 1, _MAX_DOUBLINGS))
    return max(wait, min(_MAX_BACKOFF_SECONDS, delay + _jitter(0.0, 0.5)))


def retry_after(headers: Mapping[str, str], body: object, *, now: float) -> float | None:
    """Return for how many seconds an API asks to be left alone, or None.

    Understands ``Retry-After`` (seconds or a date), a ``rate_limit.retry_after`` in the
    body (likewise), and the headers of an exhausted rate limit.

    Args:
        headers: the response's, names in lower case.
        body: its parsed JSON, or None.
        now: the time, in epoch seconds.
    """
    limit = body.get("rate_limit") if isinstance(body, Mapping) else None
    in_body = limit.get("retry_after") if isinstance(limit, Mapping) else None
    for value in (headers.get("retry-after"), in_body):
        seconds = _seconds(value, now)
        if seconds is not None:
            return seconds
    allowed = rate_limit(headers, now=now)
    return None if allowed.remaining else allowed.reset


def rate_limit(headers: Mapping[str, str], *, now: float | None = None) -> RateLimit:
    """Read the headers that tell what an API still allows.

    Understands PagerDuty's ``ratelimit-…``, whose reset is in seconds from now, and the
    ``x-ratelimit-…`` of other APIs, whose reset is in epoch seconds or in seconds from now, and
    whose limit may be a list that begins with the one that counts.

    Args:
        headers: a response's, names in lower case.
        now: the time, in epoch seconds.
    """

    def value(name: str) -> str:
        return headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}", "")

    return RateLimit(
        _number(value("remaining")),
        _number(value("limit").partition(",")[0]),
        _seconds(value("reset"), time.time() if now is None else now),
    )


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - spreads load, guards nothing


def _number(text: str) -> int | None:
    with suppress(ValueError):
        return int(text) if text.strip().isdecimal() else None
    return None


def _seconds(value: object, now: float) -> float | None:
    """Read a delay, a time in epoch seconds, or a date."""
    text = str(value)
    with suppress(ValueError):
        number = float(text)
        return max(0.0, number - now if number > _EPOCH else number)
    for parse_date in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):
            return max(0.0, parse_date(text).timestamp() - now)
    return None
