"""Turns the runner's request to stop into an exception.

https://docs.github.com/en/actions/reference/workflow-cancellation-reference
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import Cancelled

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_CHECK_SECONDS = 0.2
_IMPORT_CHECK_SECONDS = 0.001


@contextmanager
def raise_on_cancellation() -> Iterator[None]:
    """Raise `Cancelled` in the main thread, once, when the runner asks the action to stop.

    It takes 0.2 seconds at most: a signal that arrives just before the thread begins to wait for a
    response would be noticed only when that is there, so a timer checks again and again. And no
    import is interrupted: its lock would stay, and whatever needs the module next would hang.
    """
    received: list[str] = []
    has_timer = hasattr(signal, "setitimer")  # Windows hasn't.

    def receive(number: int, frame: FrameType | None) -> None:
        for name in _SIGNALS:
            signal.signal(name, signal.SIG_IGN)
        received.append(signal.Signals(number).name)
        check(number, frame)

    def check(_number: int, frame: FrameType | None) -> None:
        if received and has_timer and _is_importing(frame):
            # As soon as it is over, so that no page goes out in between.
            signal.setitimer(signal.ITIMER_REAL, _IMPORT_CHECK_SECONDS, _CHECK_SECONDS)
        elif received:
            raise Cancelled(received.pop())

    for name in _SIGNALS:
        signal.signal(name, receive)
    if has_timer:
        signal.signal(signal.SIGALRM, check)
        signal.setitimer(signal.ITIMER_REAL, _CHECK_SECONDS, _CHECK_SECONDS)
    try:
        yield
    finally:
        if has_timer:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
