"""Sending webhooks: signed, again when that fails, and no longer to who never takes them.

https://developer.pagerduty.com/docs/webhooks-overview, verifying signatures included
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

SECONDS_TO_ANSWER = 5.0
_ATTEMPTS = 3
_FIRST_SERVER_ERROR = 500
_TOO_MANY = 429


@dataclass
class Delivery:
    """A webhook on its way to one subscriber.

    Attributes:
        subscription: id of the subscription.
        url: where it goes.
        headers: its headers, signature included.
        body: the bytes that are signed.
        answers: HTTP status of each attempt so far, 0 where none came.
        outcome: ``pending``, ``delivered``, ``dropped``, or ``skipped`` where the host isn't this
            machine.
    """

    subscription: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    answers: list[int] = field(default_factory=list)
    outcome: str = "pending"

    @property
    def event(self) -> dict[str, Any]:
        """What it tells."""
        event: dict[str, Any] = json.loads(self.body)["event"]
        return event


def signature(secrets: list[str], body: bytes) -> str:
    """Sign a body: for each of the subscription's secrets ``v1=`` and hexadecimal digits."""
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join(f"v1={digest}" for digest in digests)


class Outbox:
    """Sends deliveries in the background: in order for each subscription, and side by side.

    Attributes:
        retry_seconds: the pause before a failed delivery is tried again.
    """

    def __init__(self) -> None:
        self.retry_seconds = 0.05
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[tuple[Delivery, Callable[[Delivery], None]]]] = {}

    def put(self, delivery: Delivery, done: Callable[[Delivery], None]) -> None:
        """Send a delivery soon.

        Args:
            delivery: what to send.
            done: told of it once its outcome is known.
        """
        with self._changed:
            queue = self._waiting.get(delivery.subscription)
            if queue is not None:
                queue.append((delivery, done))
                return
            self._waiting[delivery.subscription] = deque([(delivery, done)])
        arguments = (delivery.subscription,)
        threading.Thread(target=self._drain, args=arguments, daemon=True).start()

    def settle(self, seconds: float = 10) -> bool:
        """Wait until nothing is on its way any more; tell whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, seconds)

    def _drain(self, subscription: str) -> None:
        queue = self._waiting[subscription]
        while True:
            delivery, done = queue[0]
            self._deliver(delivery)
            done(delivery)
            with self._changed:
                queue.popleft()
                if not queue:
                    del self._waiting[subscription]
                    self._changed.notify_all()
                    return

    def _deliver(self, delivery: Delivery) -> None:
        outcome = "dropped"
        if not _is_loopback(delivery.url):
            outcome = "skipped"
        else:
            for attempt in range(_ATTEMPTS):
                time.sleep(self.retry_seconds if attempt else 0)
                delivery.answers.append(_post(delivery))
                if 200 <= delivery.answers[-1] < 300:  # noqa: PLR2004 - HTTP's successes
                    outcome = "delivered"
                if not _is_worth_a_retry(delivery.answers[-1]):
                    break
        delivery.outcome = outcome


def _post(delivery: Delivery) -> int:
    """Send a delivery once; give the answer's status, 0 without one."""
    url = urlsplit(delivery.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        with contextlib.closing(_connection(url)) as connection:
            connection.request("POST", target, delivery.body, dict(delivery.headers))
            return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException):
        return 0


def _connection(url: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname or "", url.port, timeout=SECONDS_TO_ANSWER)


def _is_worth_a_retry(status: int) -> bool:
    return status in {0, _TOO_MANY} or status >= _FIRST_SERVER_ERROR


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
