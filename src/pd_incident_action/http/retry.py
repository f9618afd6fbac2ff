"""What kept a request from being answered, when to send it again, and how long to wait before.

https://developer.pagerduty.com/docs/rest-api-rate-limits
https://docs.port.io/api-reference/rate-limits
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

import requests
from urllib3 import exceptions as urllib3

from pd_incident_action.errors import ApiError, ApiRejected, ApiResponseTooLarge, ApiUnreachable

from .messages import ApiRequest, InvalidResponse

_NETWORK = "check the runner's network, proxy (HTTPS_PROXY) and firewall, and the API's status page"
_BACKOFF_SECONDS = 0.25
_MAX_BACKOFF_SECONDS = 20.0
_MAX_DOUBLINGS = 7
# An API that asks for no wait at all, again and again, is not to be flooded.
_MIN_ASKED_SECONDS = 1.0
# An epoch is a huge number of seconds, a delay a small one: 10^8 s are three years.
_EPOCH = 10**8


class UnusableCaBundle(OSError):
    """A CA bundle isn't there, or holds no certificates; the argument is its path."""


class TransportFailure(NamedTuple):
    """One kind of failure.

    Attributes:
        types: exceptions, any of which shows that it is this kind.
        what: what happened, as in "PagerDuty failed to create the incident: <…>".
        was_sent: whether the request may have been processed.
        is_permanent: whether trying again can't help.
    """

    types: tuple[type[BaseException], ...]
    what: str
    cause: str
    remedy: str = _NETWORK
    was_sent: bool = False
    is_permanent: bool = False


# In this order, since one failure may contain others: a proxy's name isn't resolved either.
FAILURES = (
    TransportFailure(
        (UnusableCaBundle,),
        "the CA bundle could not be loaded",
        "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names a file that isn't there, or has "
        "no certificates in it",
        "correct the variable's path",
        is_permanent=True,
    ),
    TransportFailure(
        (ssl.SSLCertVerificationError,),
        "its TLS certificate could not be verified",
        "a proxy with a private certificate authority",
        "point REQUESTS_CA_BUNDLE at that authority's certificates",
        is_permanent=True,
    ),
    TransportFailure(
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidHeader,
        ),
        "the request could not be made",
        "its URL or a header is malformed",
        "check the API URL inputs",
        is_permanent=True,
    ),
    TransportFailure(
        (urllib3.ProxyError, requests.exceptions.ProxyError),
        "the proxy refused the connection",
        "HTTPS_PROXY is wrong or down",
    ),
    TransportFailure(
        (urllib3.NameResolutionError,),
        "its host name could not be resolved",
        "no DNS on the runner or a wrong URL",
    ),
    TransportFailure(
        (ConnectionRefusedError,),
        "the connection was refused",
        "the API is down or a firewall is in between",
    ),
    TransportFailure(
        (urllib3.NewConnectionError,),
        "the connection could not be made",
        "the network or a firewall is in between",
    ),
    TransportFailure(
        (urllib3.ConnectTimeoutError, requests.ConnectTimeout),
        "it gave no answer in time",
        "the API or the network is slow or down",
    ),
    TransportFailure(
        (TimeoutError, urllib3.ReadTimeoutError, requests.ReadTimeout),
        "it gave no answer in time",
        "the API or the network is slow or down",
        was_sent=True,
    ),
)
INVALID = TransportFailure(
    (InvalidResponse,),
    "its answer was of no use",
    "a proxy or an outage in between",
    "re-run the job",
    was_sent=True,
)
OTHER = TransportFailure(
    (), "the connection broke", "the network or the API dropped it", was_sent=True
)


def classify(error: BaseException | None) -> TransportFailure:
    """Return the kind of failure that an exception of the transport, or one inside it, shows."""
    if isinstance(error, InvalidResponse):
        return INVALID._replace(what=str(error))
    wrapped = tuple(_unwrap(error))
    kinds = (kind for kind in FAILURES if any(isinstance(one, kind.types) for one in wrapped))
    return next(kinds, OTHER)


def is_about_ca_bundle(error: OSError) -> bool:
    """Check whether requests could not find a CA bundle, or OpenSSL could not read it."""
    # What requests raises has no type of its own, and no number as the system's errors have.
    is_missing = type(error) is OSError and error.errno is None
    return is_missing or any(getattr(one, "library", "") == "X509" for one in _unwrap(error))


def _unwrap(error: object) -> Iterator[BaseException]:
    """Yield an exception and those that it wraps: requests and urllib3 keep them as arguments."""
    if isinstance(error, BaseException):
        yield error
        for inner in (*error.args, getattr(error, "reason", None), error.__cause__):
            yield from _unwrap(inner)


def can_retry(request: ApiRequest, error: ApiError) -> bool:
    """Check whether sending a request again may help, and does no harm."""
    if isinstance(error, ApiRejected):
        return False
    if isinstance(error, ApiResponseTooLarge) and not request.writes:
        # It would be as large again.
        return False
    if isinstance(error, ApiUnreachable):
        failure = classify(error.__cause__)
        return not failure.is_permanent and (request.idempotent or not failure.was_sent)
    return request.idempotent or error.status == HTTPStatus.TOO_MANY_REQUESTS


def backoff(attempts: int, headers: Mapping[str, str], body: object) -> float:
    """Return how many seconds to wait before the next attempt.

    The first retry comes almost at once, since a page that hit one bad connection shouldn't wait.

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
    """
    limit = body.get("rate_limit") if isinstance(body, Mapping) else None
    in_body = limit.get("retry_after") if isinstance(limit, Mapping) else None
    for value in (headers.get("retry-after"), in_body):
        seconds = seconds_until(value, now)
        if seconds is not None:
            return seconds
    allowed = rate_limit(headers, now=now)
    return None if allowed.remaining else allowed.reset


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - spreads load, guards nothing


class RateLimit(NamedTuple):
    """What an API still allows; None where it doesn't say.

    Attributes:
        reset: seconds until all of them are allowed again.
    """

    remaining: int | None
    limit: int | None
    reset: float | None


def rate_limit(headers: Mapping[str, str], *, now: float | None = None) -> RateLimit:
    """Read what an API still allows from its headers.

    Understands PagerDuty's ``ratelimit-…``, whose reset is in seconds from now, and the
    ``x-ratelimit-…`` of other APIs, whose reset is in epoch seconds or in seconds from now, and
    whose limit may be a list that begins with the one that counts.
    """

    def value(name: str) -> str:
        return headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}", "")

    return RateLimit(
        _number(value("remaining")),
        _number(value("limit").partition(",")[0]),
        seconds_until(value("reset"), time.time() if now is None else now),
    )


def _number(text: str) -> int | None:
    with suppress(ValueError):
        return int(text) if text.strip().isdecimal() else None
    return None


def seconds_until(value: object, now: float) -> float | None:
    """Read a delay, a time in epoch seconds, or a date; None for anything else."""
    text = str(value)
    with suppress(ValueError):
        number = float(text)
        return max(0.0, number - now if number > _EPOCH else number)
    for parse_date in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):
            return max(0.0, parse_date(text).timestamp() - now)
    return None
