"""Delivering webhooks: signed, retried, in order for each subscription.

https://developer.pagerduty.com/docs/webhooks-overview, verifying signatures included
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECONDS_TO_REPLY = 5.0
_ATTEMPTS = 3
_SUCCESS = range(200, 300)
_FINAL = {*range(300, 500)} - {HTTPStatus.TOO_MANY_REQUESTS}


@dataclass
class Delivery:
    """A webhook on its way to a subscriber.

    Attributes:
        subscription: id of the subscription.
        url: where it goes.
        headers: its headers, signature included.
        body: the bytes that are signed.
        statuses: HTTP status of each attempt so far, 0 where no reply came.
        outcome: ``pending``, ``delivered``, ``dropped``, or ``skipped`` if the host isn't this
            machine.
    """

    subscription: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    statuses: list[int] = field(default_factory=list)
    outcome: str = "pending"

    @property
    def event(self) -> dict[str, Any]:
        """The event in its body."""
        event: dict[str, Any] = json.loads(self.body)["event"]
        return event


def signature(secrets: list[str], body: bytes) -> str:
    """Sign a body: for each of the subscription's secrets ``v1=`` and hexadecimal digits."""
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join(f"v1={digest}" for digest in digests)


class Outbox:
    """Sends deliveries in the background: in order for each subscription.

    Attributes:
        retry_seconds: the pause before a failed delivery is retried.
    """

    def __init__(self) -> None:
        self.retry_seconds = 0.05
        self._changed = threading.Condition()
        self._queues: dict[str, deque[tuple[Delivery, Callable[[], None]]]] = {}

    def put(self, delivery: Delivery, done: Callable[[], None]) -> None:
        """Send a delivery soon, and call a function once its outcome is known."""
        with self._changed:
            queue = self._queues.get(delivery.subscription)
            if queue is not None:
                queue.append((delivery, done))
                return
            self._queues[delivery.subscription] = deque([(delivery, done)])
        args = (delivery.subscription,)
        threading.Thread(target=self._send_all, args=args, daemon=True).start()

    def settle(self, seconds: float = 10) -> bool:
        """Wait until nothing is on its way any more; return whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queues, seconds)

    def _send_all(self, subscription: str) -> None:
        queue = self._queues[subscription]
        while True:
            delivery, done = queue[0]
            delivery.outcome = self._send(delivery)
            done()
            with self._changed:
                queue.popleft()
                if not queue:
                    del self._queues[subscription]
                    self._changed.notify_all()
                    return

    def _send(self, delivery: Delivery) -> str:
        if urlsplit(delivery.url).hostname not in LOOPBACK:
            return "skipped"
        for attempt in range(_ATTEMPTS):
            time.sleep(self.retry_seconds if attempt else 0)
            status = _post(delivery)
            delivery.statuses.append(status)
            if status in _SUCCESS:
                return "delivered"
            if status in _FINAL:
                break
        return "dropped"


def _post(delivery: Delivery) -> int:
    """Send a delivery once; return the reply's status, 0 without one."""
    url = urlsplit(delivery.url)
    is_https = url.scheme == "https"
    kind = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection = kind(url.hostname or "", url.port, timeout=_SECONDS_TO_REPLY)
        with contextlib.closing(connection):
            connection.request("POST", target, delivery.body, dict(delivery.headers))
            return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException):
        return 0
