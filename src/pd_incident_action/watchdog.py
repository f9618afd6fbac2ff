"""Watches over a run: a signal cancels it, and it ends in time even where it hangs.

A thread of its own hears of signals at once, whatever the others wait for.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from .errors import ISSUES

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# The runner kills a cancelled step after some more.
_SECONDS_AFTER_SIGNAL = 4.8
_HANGS = (
    "\n::error title=Bug in pd-incident-action::The run did not end in time. Somebody may have "
    f"been paged: look for the incident before you page again. Please report this: {ISSUES}\n"
)


def watch(cancel: Callable[[str], None], seconds: float) -> None:
    """Begin to watch over this process's run; only the main thread may.

    Args:
        cancel: called with the signal's name, once, when the runner cancels the job.
        seconds: when the process is ended, if it is still there.
    """
    heard, signalled = socket.socketpair()
    signalled.settimeout(0)
    signal.set_wakeup_fd(signalled.detach())
    for number in SIGNALS:
        signal.signal(number, lambda _number, _frame: None)
    arguments = (heard, cancel, seconds)
    threading.Thread(target=_watch, args=arguments, name="watchdog", daemon=True).start()


def _watch(heard: socket.socket, cancel: Callable[[str], None], seconds: float) -> None:
    end, is_cancelled = time.monotonic() + seconds, False
    while select.select([heard], [], [], max(0.0, end - time.monotonic()))[0]:
        (number,) = heard.recv(1)
        if not is_cancelled:
            is_cancelled = True
            end = min(end, time.monotonic() + _SECONDS_AFTER_SIGNAL)
            cancel(signal.Signals(number).name)
    # Not through sys.stdout: somebody may hold its lock, or nobody read it.
    try:
        with suppress(OSError):
            os.set_blocking(1, False)
            os.write(1, _HANGS.encode())
    finally:
        os._exit(1)
