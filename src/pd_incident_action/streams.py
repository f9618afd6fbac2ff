"""The process's standard streams, whose readers may be gone or never have been there."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_OUTPUTS = {1: "stdout", 2: "stderr"}
# So much can be written to a pipe that can be written to (POSIX's PIPE_BUF is 512 at least).
_PIPE_BYTES = 512


class _Lossy(io.FileIO):
    """A stream that loses what nobody reads, instead of failing or waiting for long."""

    _patience = 1.0

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
        is_read = bool(select.select([], [self], [], self._patience)[1])
        self._patience = 1.0 if is_read else 0.0
        return is_read


def open_streams() -> None:
    """Write UTF-8 to the standard streams, and lose what can't be written."""
    for descriptor in (0, *_OUTPUTS):
        try:
            os.fstat(descriptor)
        except OSError:
            # It would become the next connection's: the lowest free number is taken.
            os.open(os.devnull, os.O_RDWR)
    for descriptor, name in _OUTPUTS.items():
        raw = io.BufferedWriter(_Lossy(descriptor, "w", closefd=False))
        setattr(sys, name, io.TextIOWrapper(raw, encoding="utf-8", errors="replace"))
