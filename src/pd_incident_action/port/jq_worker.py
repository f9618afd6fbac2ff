"""The process that evaluates the mapping: with little memory, and nothing of the job's environment.

Reads JSON lines: first the expressions by property, then documents. Answers each document with
``[values by property, what went wrong by property]``.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

import jq

_MAX_MEMORY_BYTES = 512 * 2**20


def serve(requests: TextIO, answers: TextIO) -> None:
    """Evaluate documents until there are no more."""
    programs = {name: jq.compile(text) for name, text in json.loads(requests.readline()).items()}
    for line in requests:
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, program in programs.items():
            try:
                values[name] = next(iter(program.input_text(line)), None)
            except ValueError as error:
                problems[name] = str(error)
        answers.write(json.dumps([values, problems]) + "\n")
        answers.flush()


def limit_memory() -> None:
    """Have the system refuse this process more memory than a mapping needs."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))


def main() -> None:
    """Serve the parent process."""
    limit_memory()
    serve(sys.stdin, sys.stdout)
