"""Cancellation of the job, as an exception.

https://docs.github.com/en/actions/reference/workflow-cancellation-reference
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import Cancelled

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_POLL_SECONDS = 0.2
_SOON_SECONDS = 0.001


@contextmanager
def raise_on_cancellation() -> Iterator[None]:
    """Raise `Cancelled` in the main thread, once, when the runner cancels the job.

    It takes 0.2 seconds at most: a signal that arrives just before the thread begins to wait for a
    response would be noticed only after that, so it is polled. No import is interrupted, since its
    lock would stay, and whatever needs the module next would hang.
    """
    pending: list[str] = []
    can_poll = hasattr(signal, "setitimer")  # Windows can't.

    def on_signal(number: int, frame: FrameType | None) -> None:
        for name in _SIGNALS:
            signal.signal(name, signal.SIG_IGN)
        pending.append(signal.Signals(number).name)
        on_timer(number, frame)

    def on_timer(_number: int, frame: FrameType | None) -> None:
        if pending and can_poll and _is_importing(frame):
            # As soon as it is done, so that no page goes out in between.
            signal.setitimer(signal.ITIMER_REAL, _SOON_SECONDS, _POLL_SECONDS)
        elif pending:
            raise Cancelled(pending.pop())

    for name in _SIGNALS:
        signal.signal(name, on_signal)
    if can_poll:
        signal.signal(signal.SIGALRM, on_timer)
        signal.setitimer(signal.ITIMER_REAL, _POLL_SECONDS, _POLL_SECONDS)
    try:
        yield
    finally:
        if can_poll:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
