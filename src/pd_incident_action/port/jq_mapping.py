"""The configuration file's ``mapping``: jq expressions that set properties of incidents' entities.

https://jqlang.org/manual/
"""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TextIO, cast

from pd_incident_action.models import Outcome

if sys.platform != "win32":
    import resource

# What an expression makes of one incident takes milliseconds; one that takes longer never ends.
_MAX_SECONDS = 2.0
_MIN_SECONDS = 0.5
_MAX_MEMORY_BYTES = 512 * 2**20
_WORKER = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from pd_incident_action.port.jq_mapping import work; work()"
)


class JqMapping:
    """Evaluates the mapping in a separate process.

    An expression sees the incident and nothing else: the process has no environment, little memory,
    and a time limit for each incident.
    """

    def __init__(self, expressions: Mapping[str, str], seconds: float = _MAX_SECONDS) -> None:
        self._expressions = expressions
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def evaluate(self, incident: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Evaluate the mapping for an incident.

        Returns:
            Values by property, None for those to leave out, and a sentence for each failure.
        """
        values: dict[str, Any] = dict.fromkeys(self._expressions)
        if not values:
            return values, []
        if importlib.util.find_spec("jq") is None:
            return values, ["The mapping was left out: the Python package jq isn't installed."]
        with self._lock:
            answer = self._ask(json.dumps(incident))
        if not answer:
            limits = f"its expressions took more than {self._seconds:g} s or too much memory"
            return values, [f"The mapping was left out for an incident: {limits}."]
        found, failed = json.loads(answer)
        return values | found, [
            f"The mapping of property '{name}' failed and the property was left out: "
            f"{self._expressions[name]}: {_first_line(error).rstrip('.')}."
            for name, error in failed.items()
        ]

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, document: str) -> str:
        process = self._process or self._start()
        try:
            _write(process, document)
            answer = self._answers.get(timeout=self._seconds)
        except (OSError, queue.Empty):
            answer = ""
        if not answer:
            self.close()
        return answer

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, and our own code
            [sys.executable, "-I", "-S", "-c", _WORKER, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={},
        )
        self._process, self._answers = process, queue.Queue()
        threading.Thread(
            target=_collect, args=(process, self._answers), name="jq", daemon=True
        ).start()
        _write(process, json.dumps(dict(self._expressions)))
        return process


def apply_jq_mapping(
    outcome: Outcome, expressions: Mapping[str, str], seconds: float = _MAX_SECONDS
) -> Outcome:
    """Evaluate the mapping for each incident whose JSON the provider gave."""
    incidents = [one for one in outcome.incidents if one.raw]
    share = max(_MIN_SECONDS, seconds / max(1, len(incidents)))
    mapping = JqMapping(expressions, min(_MAX_SECONDS, share))
    overrides, warnings = {}, dict[str, None]()
    for incident in incidents:
        overrides[incident.id], problems = mapping.evaluate(incident.raw)
        warnings |= dict.fromkeys(problems)
    mapping.close()
    return replace(outcome, property_overrides=overrides).adding(warnings=warnings)


def check_expression(expression: str) -> str:
    """Check that an expression compiles, and return it; unchecked where jq isn't installed.

    Raises:
        ValueError: it doesn't compile.
    """
    try:
        _compile(expression)
    except ImportError:
        return expression
    except ValueError as error:
        raise ValueError(f"must be a jq expression: {_first_line(str(error))}") from error
    return expression


def _write(process: subprocess.Popen[str], line: str) -> None:
    stdin = cast("TextIO", process.stdin)
    stdin.write(f"{line}\n")
    stdin.flush()


def _collect(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Pass the process's answers on; an empty one when it has ended."""
    for line in cast("TextIO", process.stdout):
        answers.put(line)
    answers.put("")


def _compile(expression: str) -> Any:  # noqa: ANN401 - jq has no types
    import jq  # noqa: PLC0415 - 9 ms, and few workflows have a mapping

    return jq.compile(expression)


def _first_line(error: str) -> str:
    return error.strip().partition("\n")[0].removeprefix("jq: error: ").rstrip(":")


def _serve(requests: TextIO, answers: TextIO) -> None:
    """Evaluate documents until there are no more: what the other process does.

    Reads JSON lines: first the expressions by property, then documents. Answers each document with
    ``[values by property, what went wrong by property]``.
    """
    programs = {name: _compile(text) for name, text in json.loads(requests.readline()).items()}
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


def _limit_memory() -> None:
    """Have the system refuse this process more memory than a mapping needs."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))


def work() -> None:
    """Serve the parent process."""
    _limit_memory()
    _serve(sys.stdin, sys.stdout)
