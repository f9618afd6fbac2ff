"""One HTTP client for all APIs: JSON in, an answer or an error out, retries within the deadline."""

from __future__ import annotations

import threading
import time
from copy import copy
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable

from . import answers
from .messages import TRANSIENT_STATUSES, ApiRequest, ApiResponse, ErrorDetail, outgoing, url_of
from .request_log import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .deadline import Deadline
    from .dry_run import DryRun
    from .messages import Credentials
    from .wire import Outgoing, Transport

    # Turns a refusal (status, headers, and the body as JSON or raw text) into a problem.
    Explain = Callable[[int, Mapping[str, str], object], "ErrorDetail"]

_OK = range(200, 300)
_REDIRECTS = range(300, 400)
_REDIRECT = ErrorDetail(
    "a redirect",
    cause="redirects are never followed, since that would hand the credentials to another host",
    remedy="check the API URL and region inputs, and any proxy in between",
)


class ApiClient:
    """Talks to one API.

    Args:
        service: the API's name in messages, for example ``PagerDuty``.
        base_url: https URL without a trailing slash.
        transport: the way to it.
        authenticate: gives the credentials for each request.
        explain: turns refusals into problems.
        deadline: when to give up retrying.
        attempt_seconds: how long one attempt may wait for an answer.
        max_attempts: the most attempts, for callers that retry by themselves; None for no limit.
        say: takes a line for the log whenever an attempt failed and another follows.
        stop: set from outside to end waiting between attempts at once.
        observe: told each attempt as soon as it is over.
        rehearsal: stands in for whatever would be changed, in a dry run.
    """

    def __init__(  # noqa: PLR0913 - everything it needs comes from outside
        self,
        service: str,
        base_url: str,
        *,
        transport: Transport,
        authenticate: Credentials,
        explain: Explain,
        deadline: Deadline,
        attempt_seconds: float = 15.0,
        max_attempts: int | None = None,
        say: Callable[[str], None] = lambda _line: None,
        stop: threading.Event | None = None,
        observe: Callable[[Attempt], None] = lambda _attempt: None,
        rehearsal: DryRun | None = None,
    ) -> None:
        self.service = service
        self._base_url = base_url
        self._transport = transport
        self._authenticate = authenticate
        self._explain = explain
        self._deadline = deadline
        self._attempt_seconds = attempt_seconds
        self._max_attempts = max_attempts
        self._say = say
        self._stop = stop or threading.Event()
        self._observe = observe
        self._rehearsal = rehearsal

    def with_deadline(self, deadline: Deadline) -> ApiClient:
        """Give the same client, on the same connection, another time to give up at.

        Args:
            deadline: when to give up retrying.

        Returns:
            A client of its own; this one keeps its time.
        """
        other = copy(self)
        other._deadline = deadline  # noqa: SLF001 - a copy of this very object
        return other

    def send(self, call: ApiRequest) -> ApiResponse:
        """Send a request, retrying what can heal until the deadline.

        Args:
            call: what to send.

        Returns:
            The 2xx answer.

        Raises:
            Refused: the API said no.
            Unavailable: it kept answering 408, 429 or 5xx.
            Unreachable: it gave no usable answer.
        """
        if self._rehearsal is not None and call.writes:
            return self._rehearsal.answer(
                self.service, url_of(self._base_url, call), call, self.send
            )
        policy, attempts = None, 0
        while True:
            attempts += 1
            try:
                return self._attempt(call, attempts)
            except ApiRejected as error:
                error.attempts = attempts
                raise
            except (ApiUnavailable, ApiUnreachable) as error:
                # Only here: urllib3 takes 25 ms to load, and most pages do without.
                from . import retry  # noqa: PLC0415

                policy = (policy or retry.policy()).increment(call.method, call.path)
                wait = retry.backoff(policy, error.headers, error.body)
                given_up = attempts == self._max_attempts or wait >= self._deadline.remaining()
                if given_up or not retry.can_retry(call, error):
                    raise
                self._say(f"{error.what}; trying again in {wait:.1f} s")
                if self._stop.wait(wait):
                    raise

    def _attempt(self, call: ApiRequest, attempts: int) -> ApiResponse:
        began = time.monotonic()
        request = outgoing(self._base_url, call, self._authenticate())
        note = partial(self._note, call, attempts, began, request)
        seconds = max(0.05, min(self._attempt_seconds, self._deadline.remaining()))
        try:
            received = self._transport.exchange(request, seconds, self._deadline)
        except (answers.InvalidResponse, OSError) as error:
            unreachable = self._unreachable(call, error)
            note(problem=unreachable.what)
            raise unreachable from error
        status, headers, text = received.status, received.headers, received.text
        note = partial(note, status=status, headers=headers, received=text)
        try:
            body = (
                answers.parse(text, call.envelope)
                if status in _OK
                else answers.parse_leniently(text)
            )
        except answers.InvalidResponse as error:
            unreachable = self._unreachable(call, error)
            note(problem=unreachable.what)
            raise unreachable from error
        note()
        if status in _OK:
            return ApiResponse(status, headers, body, attempts)
        raise self._error(call, status, headers, body if body is not None else text)

    def _note(  # noqa: PLR0913 - all that is known of an attempt
        self,
        call: ApiRequest,
        number: int,
        began: float,
        request: Outgoing,
        *,
        status: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        received: str = "",
        problem: str = "",
    ) -> None:
        self._observe(
            Attempt(
                service=self.service,
                method=call.method,
                url=request.url,
                action=call.action,
                writes=call.writes,
                number=number,
                began=began,
                seconds=time.monotonic() - began,
                status=status,
                headers=headers,
                sent=(request.body or b"").decode("utf-8", "replace"),
                received=received,
                problem=problem,
            )
        )

    def _unreachable(self, call: ApiRequest, error: Exception) -> ApiUnreachable:
        # Only here: a page that works does without.
        from . import transport_errors  # noqa: PLC0415

        what, cause, remedy = transport_errors.describe(error)
        return ApiUnreachable(
            f"{self.service} did not {call.action}: {what}", cause, remedy, service=self.service
        )

    def _error(
        self, call: ApiRequest, status: int, headers: Mapping[str, str], body: object
    ) -> ApiError:
        problem = _REDIRECT if status in _REDIRECTS else self._explain(status, headers, body)
        kind = ApiUnavailable if status in TRANSIENT_STATUSES else ApiRejected
        code = f", code {problem.code}" if problem.code is not None else ""
        words = f' "{problem.message}"' if problem.message else ""
        return kind(
            f"{self.service} did not {call.action}: it answered {status}{code}{words}",
            problem.cause,
            problem.remedy,
            service=self.service,
            status=status,
            code=problem.code,
            headers=headers,
            body=body,
        )
