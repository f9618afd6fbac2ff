"""The client of every API: JSON in, a response or an error out, retried within the deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar

import requests
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from pd_incident_action.errors import (
    ActionError,
    ApiError,
    ApiRejected,
    ApiResponseTooLarge,
    ApiUnavailable,
    ApiUnreachable,
)
from pd_incident_action.text import shorten

from . import retry
from .deadline import CONNECT_SECONDS, Deadline
from .messages import (
    TRANSIENT_STATUSES,
    ApiRequest,
    ApiResponse,
    Attempt,
    Credentials,
    ErrorDetail,
    InvalidResponse,
    ResponseTooLarge,
    parse,
    parse_leniently,
)
from .session import MAX_CONCURRENT, open_session

# Turns a refusal (status, headers, and the body as JSON or raw text) into its explanation.
Explain = Callable[[int, Mapping[str, str], object], ErrorDetail]

Found = TypeVar("Found")
Item = TypeVar("Item")
Result = TypeVar("Result")

# The largest response that we ever need is some kB; more is a fault or an attack.
MAX_RESPONSE_BYTES = 4 * 2**20
_CHUNK = 64 * 2**10
_MIN_SECONDS = 0.05
_MAX_WORDS = 500
# With these, a gateway or the server itself gave up waiting.
_NO_ANSWER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT})
_REDIRECT = ErrorDetail(
    "a redirect",
    cause="redirects are never followed, since that would hand the credentials to another host",
    remedy="check the API URL and region inputs, and any proxy in between",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ApiClient:
    """Sends requests to one API.

    Attributes:
        service: the API's name in messages, for example ``PagerDuty``.
        base_url: https URL without a trailing slash.
        max_attempts: the most attempts, for callers that retry by themselves; None for no limit.
        log: called with a line whenever an attempt failed and another follows.
    """

    service: str
    base_url: str
    authenticate: Credentials
    explain: Explain
    deadline: Deadline
    session: requests.Session = field(default_factory=open_session)
    attempt_seconds: float = 15.0
    max_attempts: int | None = None
    redact: Callable[[str], str] = lambda text: text
    log: Callable[[str], None] = lambda _line: None
    on_attempt: Callable[[Attempt], None] = lambda _attempt: None

    def with_timeout(self, seconds: float) -> ApiClient:
        """Return the same client, on the same connections, with another time for all requests."""
        return replace(self, deadline=self.deadline.within(seconds))

    def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request, and again after transient failures, until the deadline.

        Raises:
            ApiRejected: the API refused.
            ApiUnavailable: it kept answering 408, 429 or 5xx.
            ApiUnreachable: it gave no usable response.
            Cancelled: the job was cancelled; nothing is sent from then on.
        """
        attempts, is_unknown = 0, False
        while True:
            attempts += 1
            self.deadline.cancellation.check()
            try:
                return self._attempt(request, attempts)
            except ApiError as error:
                is_unknown |= error.outcome_unknown
                if not self._wait_to_retry(request, error, attempts):
                    error.outcome_unknown = is_unknown
                    if is_unknown and request.if_unknown:
                        error.remedy = f"{error.remedy}. {request.if_unknown}"
                    raise

    def _wait_to_retry(self, request: ApiRequest, error: ApiError, attempts: int) -> bool:
        """Wait until a request may be sent again; return whether it may be."""
        if attempts == self.max_attempts or not retry.can_retry(request, error):
            return False
        wait = retry.backoff(attempts, error.headers, error.body)
        if wait >= self.deadline.remaining():
            return False
        self.log(f"{error.summary}; trying again in {wait:.1f} s")
        self.deadline.cancellation.sleep(wait)
        return True

    def _attempt(self, request: ApiRequest, number: int) -> ApiResponse:
        headers = {**request.headers, **self.authenticate()}
        attempt = self._began(request, number)
        try:
            with self._open(request, attempt.url, headers) as response:
                names = ((name.lower(), value) for name, value in response.headers.items())
                attempt = attempt._replace(status=response.status_code, headers=dict(names))
                attempt = attempt._replace(received=_read(response))
            if not attempt.succeeded:
                raise self._refusal(attempt)
            body = parse(attempt.received, request)
        except (InvalidResponse, OSError, HTTPError) as error:
            failure = retry.classify(error)
            may_be_done = request.writes and failure.was_sent
            problem = f"{self._failed_to(request.action, may_be_done=may_be_done)}: {failure.what}"
            attempt = attempt._replace(problem=problem)
            kind = ApiResponseTooLarge if isinstance(error, ResponseTooLarge) else ApiUnreachable
            raise kind(
                problem,
                failure.cause,
                failure.remedy,
                service=self.service,
                outcome_unknown=may_be_done,
            ) from error
        finally:
            self.on_attempt(attempt._replace(seconds=time.monotonic() - attempt.began))
        return ApiResponse(response.status_code, attempt.headers, body)

    def _began(self, request: ApiRequest, number: int = 1) -> Attempt:
        return Attempt(
            service=self.service,
            method=request.method,
            url=request.url(self.base_url),
            action=request.action,
            writes=request.writes,
            number=number,
            began=time.monotonic(),
            sent=(request.body or b"").decode("utf-8"),
        )

    def _open(self, request: ApiRequest, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send a request once, and return its response with the body unread."""
        seconds = max(_MIN_SECONDS, min(self.attempt_seconds, self.deadline.remaining()))
        return self.session.request(
            request.method,
            url,
            data=request.body,
            headers={"Content-Type": request.content_type, **headers},
            auth=_keep_headers,
            timeout=Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds),  # type: ignore[arg-type] # requests takes it as well
            allow_redirects=False,
            stream=True,
        )

    def _refusal(self, attempt: Attempt) -> ApiError:
        status, body = attempt.status or 0, parse_leniently(attempt.received)
        is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        detail = _REDIRECT if is_redirect else self.explain(status, attempt.headers, body)
        kind = ApiUnavailable if status in TRANSIENT_STATUSES else ApiRejected
        code = f", code {detail.code}" if detail.code is not None else ""
        # A part of a secret that is cut off couldn't be recognised any more.
        message = shorten(self.redact(detail.message), _MAX_WORDS)
        words = f' "{message}"' if message else ""
        no_answer = status in _NO_ANSWER
        may_be_done = attempt.writes and (no_answer or status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        what = self._failed_to(attempt.action, may_be_done=may_be_done)
        return kind(
            f"{what}: it answered {status}{code}{words}",
            detail.cause,
            detail.remedy,
            service=self.service,
            status=status,
            code=detail.code,
            headers=attempt.headers,
            body=body,
            outcome_unknown=may_be_done,
        )

    def _failed_to(self, action: str, *, may_be_done: bool) -> str:
        return f"{self.service} {'may have failed' if may_be_done else 'failed'} to {action}"


def find(read: Callable[[], Found]) -> Found | None:
    """Return what is read, or None where the API says that it doesn't exist."""
    try:
        return read()
    except ApiRejected as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def map_concurrently(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result | ActionError]:
    """Do something to each item, several at a time; ends at once where the job is cancelled.

    Returns:
        For each item, in order, the result or the error.
    """

    def attempt(item: Item) -> Result | ActionError:
        try:
            return work(item)
        except ActionError as error:
            return error

    with ThreadPoolExecutor(MAX_CONCURRENT) as pool:
        return list(pool.map(attempt, items))


def map_or_raise(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do something to each item as `map_concurrently` does; raise the first item's error."""
    with ThreadPoolExecutor(MAX_CONCURRENT) as pool:
        return list(pool.map(work, items))


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the credentials as they are; any ``auth`` keeps requests from reading ``~/.netrc``."""
    return request


def _read(response: requests.Response) -> str:
    """Read a body."""
    data = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        data += chunk
        if len(data) > MAX_RESPONSE_BYTES:
            size = f"{MAX_RESPONSE_BYTES // 2**20} MiB"
            raise ResponseTooLarge(f"its answer was larger than {size}")
    return data.decode("utf-8", "replace")
