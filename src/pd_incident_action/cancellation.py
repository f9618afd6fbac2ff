"""The runner's wish to stop, as an exception.

https://docs.github.com/en/actions/reference/workflow-cancellation-reference
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BEAT_SECONDS = 0.2
_SOON_SECONDS = 0.001


@contextmanager
def raise_on_cancellation() -> Iterator[None]:
    """Have `Cancelled` raised in the main thread, once, when the runner asks us to stop.

    It takes 0.2 seconds at most. A signal that arrives just before the thread begins to wait for
    an answer would be noticed only when that is there, so we look again and again. And no import is
    interrupted: its lock would stay, and whatever needs the module next would hang.
    """
    wishes: list[str] = []
    can_look_again = hasattr(signal, "setitimer")  # Windows can't.

    def note(number: int, frame: FrameType | None) -> None:
        for name in _SIGNALS:
            signal.signal(name, signal.SIG_IGN)
        wishes.append(signal.Signals(number).name)
        look(number, frame)

    def look(_number: int, frame: FrameType | None) -> None:
        if wishes and can_look_again and _is_importing(frame):
            # As soon as it is over, so that no page goes out in between.
            signal.setitimer(signal.ITIMER_REAL, _SOON_SECONDS, _BEAT_SECONDS)
        elif wishes:
            raise Cancelled(wishes.pop())

    for name in _SIGNALS:
        signal.signal(name, note)
    if can_look_again:
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, _BEAT_SECONDS, _BEAT_SECONDS)
    try:
        yield
    finally:
        if can_look_again:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
