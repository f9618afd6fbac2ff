"""When to try a request again and how long to wait: urllib3's Retry, told what our APIs say."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError
from urllib3.util.retry import Retry

from . import transport_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pd_incident_action.errors import ApiError

    from .messages import ApiRequest

# An epoch is a huge number of seconds, a delay a small one: 10^8 s are three years.
_EPOCH = 10**8

Reached = Literal["no", "maybe"]


def policy() -> Retry:
    """Make the policy that every request starts with.

    Attempts are limited by the run's deadline, not by number; callers count each failed attempt
    with ``increment``.

    Returns:
        urllib3's Retry with exponential backoff up to 20 s and jitter.
    """
    return Retry(
        total=None,
        connect=None,
        read=None,
        redirect=None,
        status=None,
        other=None,
        backoff_factor=0.25,
        backoff_max=20,
        backoff_jitter=0.5,
    )


def backoff(retry: Retry, headers: Mapping[str, str], body: object) -> float:
    """Decide how long to wait before the next attempt.

    The first retry comes almost at once, since a page that hit one bad connection shouldn't wait.

    Args:
        retry: the policy after the failed attempt was counted.
        headers: the last answer's headers, names in any case; empty without an answer.
        body: its parsed JSON, or None.

    Returns:
        Seconds: what the API asks for, or else the backoff; both with jitter, so that the jobs
        of a whole organisation don't come back at the same moment.
    """
    jitter = random.uniform(0.1, 0.3)  # noqa: S311 - spreads load, guards nothing
    asked = retry_after(headers, body, now=time.time())
    return max(retry.get_backoff_time(), jitter) if asked is None else asked + jitter


def retry_after(headers: Mapping[str, str], body: object, *, now: float) -> float | None:
    """Read how long an API asks us to stay away.

    Understands ``Retry-After`` (seconds or a date), PagerDuty's ``ratelimit-reset`` (seconds from
    now), Port's ``x-ratelimit-reset`` (epoch seconds) and incident.io's ``rate_limit.retry_after``
    in the body (seconds or a date). Rate-limit headers only count on an exhausted limit.

    Args:
        headers: the answer's headers.
        body: the answer's parsed JSON, or None.
        now: the time, in epoch seconds.

    Returns:
        Seconds to wait, or None where nothing is said.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    asked = [lower.get("retry-after"), _retry_after_in(body)]
    if _exhausted(lower):
        asked += [lower.get("ratelimit-reset"), lower.get("x-ratelimit-reset")]
    return next((d for d in (_seconds(value, now) for value in asked) if d is not None), None)


def _exhausted(headers: Mapping[str, str]) -> bool:
    left = headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining", "0"))
    return left.strip() in {"", "0"}


def _retry_after_in(body: object) -> Any:  # noqa: ANN401 - whatever the JSON holds
    limit = body.get("rate_limit") if isinstance(body, dict) else None
    return limit.get("retry_after") if isinstance(limit, dict) else None


def _seconds(value: object, now: float) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        return _seconds_until_date(str(value), now)
    return max(0.0, number - now if number > _EPOCH else number)


def _seconds_until_date(text: str, now: float) -> float | None:
    with suppress(ValueError):
        return max(0.0, datetime.fromisoformat(text).timestamp() - now)
    try:
        return max(0.0, Retry().parse_retry_after(text))
    except Exception:  # noqa: BLE001 - urllib3 raises its own and the parser's errors; both mean "no date"
        return None


def can_retry(call: ApiRequest, error: ApiError) -> bool:
    """Tell whether a request that failed may be sent again.

    Args:
        call: what was sent.
        error: why there is no answer of use; its cause is what the transport raised, if it did.

    Returns:
        Whether another attempt may help, and does no harm.
    """
    cause = error.__cause__
    certainly_not_done = error.status == requests.codes.too_many_requests or (
        isinstance(cause, requests.RequestException) and reached_server(cause) == "no"
    )
    return (call.idempotent or certainly_not_done) and not transport_errors.is_permanent(cause)


def reached_server(error: requests.RequestException) -> Reached:
    """Tell whether a request that failed may nevertheless have been processed.

    Args:
        error: what requests raised.

    Returns:
        ``no`` when the connection was never made, ``maybe`` in every other case.
    """
    reasons = (error, *error.args, *(getattr(arg, "reason", None) for arg in error.args))
    never = (ConnectTimeoutError, NewConnectionError, ProxyError, requests.ConnectTimeout)
    return "no" if any(isinstance(reason, never) for reason in reasons) else "maybe"
