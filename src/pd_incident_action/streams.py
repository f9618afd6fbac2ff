"""The process's standard streams, whose readers may be gone or never have been there."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_OUTPUTS = {1: "stdout", 2: "stderr"}


class _Lossy(io.FileIO):
    """A stream that goes on when nobody reads it any more."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            written = super().write(data)
        except OSError:
            written = None
        return memoryview(data).nbytes if written is None else written


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
