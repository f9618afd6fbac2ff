"""The process of a run: its standard streams, its signals, and its end, even where it hangs."""

from __future__ import annotations

import io
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .errors import ISSUES

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_OUTPUTS = {1: "stdout", 2: "stderr"}
# So much can be written to a pipe that can be written to (POSIX's PIPE_BUF is 512 at least).
_PIPE_BYTES = 512
SIGNALS = (signal.SIGTERM, signal.SIGINT)
# The runner kills a cancelled step after some more.
_SECONDS_AFTER_SIGNAL = 4.8
_HANGS = (
    "\n::error title=Bug in pd-incident-action::The run did not end in time. Somebody may have "
    f"been paged: look for the incident before you page again. Please report this: {ISSUES}\n"
)


class _Lossy(io.FileIO):
    """A stream that loses what nobody reads, instead of failing or waiting for long."""

    _wait_seconds = 1.0

    def write(self, data: ReadableBuffer) -> int:
        part = memoryview(data)[:_PIPE_BYTES]
        try:
            if self._is_read():
                super().write(part)
        except OSError:
            pass
        return part.nbytes

    def _is_read(self) -> bool:
        """Wait until something can be written, though not again and again."""
        if os.name == "nt":  # it can tell that of sockets only
            return True
        is_read = bool(select.select([], [self], [], self._wait_seconds)[1])
        self._wait_seconds = 1.0 if is_read else 0.0
        return is_read


def open_streams() -> None:
    """Write UTF-8 to the standard streams, whose readers may be gone or never have been there."""
    for descriptor in (0, *_OUTPUTS):
        try:
            os.fstat(descriptor)
        except OSError:
            # It would become the next connection's: the lowest free number is taken.
            os.open(os.devnull, os.O_RDWR)
    for descriptor, name in _OUTPUTS.items():
        raw = io.BufferedWriter(_Lossy(descriptor, "w", closefd=False))
        setattr(sys, name, io.TextIOWrapper(raw, encoding="utf-8", errors="replace"))


def watch(cancel: Callable[[str], None], seconds: float) -> None:
    """Begin to watch over this process's run; only the main thread may.

    A separate thread receives signals at once, whatever the others wait for.

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
