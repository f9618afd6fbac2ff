"""Runs the action as the runner would: as a process of its own, or within this one."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from pd_incident_action.main import main
from pd_incident_action.text import JsonValue

if TYPE_CHECKING:
    from pd_incident_simulator import Exchange, Simulator

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT_TOKEN = "pd-account-token"
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
CLIENT_ID = "port-client-id"
CLIENT_SECRET = "simulated-port-secret"
_OUTPUT = re.compile(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What a run left behind."""

    code: int
    log: str
    stderr: str
    outputs: Mapping[str, str]
    summary: str
    seconds: float

    def annotations(self, level: str) -> list[str]:
        """List the messages of one level's annotations, as GitHub shows them."""
        found = re.findall(rf"^::{level} (?:[^:]*)::(.*)$", self.log, re.MULTILINE)
        return [_unescape(message) for message in found]

    @property
    def everything(self) -> str:
        """All that people and later steps can see, but for the masking commands themselves."""
        log = re.sub(r"^::add-mask::.*$", "", self.log, flags=re.MULTILINE)
        return "\n".join([log, self.stderr, self.summary, *self.outputs.values()])


@dataclass
class Action:
    """The action, set up like a repository that uses it.

    Attributes:
        folder: where the run's files are.
        urls: ``with:`` inputs that point it at the simulator.
        environment: variables beside GitHub's own.
        command: what starts it.
    """

    folder: Path
    urls: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = (sys.executable, str(ROOT / "entrypoint.py"))
    runs: int = 0

    def __call__(
        self,
        operation: str | None = "create",
        *,
        event: Mapping[str, Any] | None = None,
        patience: float = 60,
        **inputs: str | None,
    ) -> Result:
        """Run the action to its end.

        Args:
            operation: what stands under ``with: operation``.
            event: the event file's content.
            patience: seconds after which the run counts as stuck.
            inputs: further inputs under ``with:``, underscores for hyphens; None leaves out.
        """
        process = self.start(operation, event=event, **inputs)
        return process.wait(patience)

    def succeed(self, operation: str | None = "create", **given: JsonValue) -> Result:
        """Run what must succeed."""
        result = self(operation, **given)
        assert result.code == 0, result.log
        return result

    def fail(self, operation: str | None = "create", **given: JsonValue) -> str:
        """Run what must fail; return its first error."""
        result = self(operation, **given)
        assert result.code == 1, result.log
        return result.annotations("error")[0]

    def start(
        self,
        operation: str | None = "create",
        *,
        event: Mapping[str, Any] | None = None,
        **inputs: str | None,
    ) -> Process:
        """Start the action and leave it running; the arguments are those of a call."""
        folder, environment = self.prepare(operation, event, inputs)
        return Process(self.command, folder, environment)

    def prepare(
        self,
        operation: str | None,
        event: Mapping[str, Any] | None,
        inputs: Mapping[str, str | None],
    ) -> tuple[Path, dict[str, str]]:
        """Lay out a run's folder and environment."""
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        folder.mkdir()
        (folder / "event.json").write_text(json.dumps(event or {}), encoding="utf-8")
        given = {name.replace("_", "-").strip("-"): value for name, value in inputs.items()}
        given = {**self.urls, "operation": operation, **given}
        if given.get("port-client-id", "") is None and "port-client-secret" not in inputs:
            # Without Port, rather than with half of its credentials.
            given["port-client-secret"] = None
        return folder, self._environment(folder, given)

    def _environment(self, folder: Path, inputs: Mapping[str, str | None]) -> dict[str, str]:
        for name in ("output", "summary"):
            (folder / name).touch()
        passed = {k: v for k, v in os.environ.items() if k in _PASSED or k.startswith("COV")}
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_SERVER_URL": "https://github.com",
            # Nobody listens there: tests that want GitHub say where it is.
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_NUMBER": "12",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKFLOW": "Page",
            "GITHUB_WORKFLOW_REF": "octo/shop/.github/workflows/ci.yml@refs/heads/main",
            "GITHUB_JOB": "page",
            "GITHUB_ACTION": "__org_pd-incident-action",
            "GITHUB_REF_NAME": "main",
        }
        given = {f"INPUT_{k.upper()}": v for k, v in inputs.items() if v is not None}
        return passed | github | given | self.environment


class InProcess(Action):
    """The action within the tests' own process: as fast as the operation itself."""

    cancel_when: Callable[[], bool] | None = None
    cancelled_at = float("inf")

    def watch(self, cancel: Callable[[str], None], _seconds: float) -> None:
        """Cancel the run as soon as the test's condition holds."""
        if self.cancel_when is None:
            return

        def wait() -> None:
            while self.cancel_when is not None and not self.cancel_when():
                time.sleep(0.005)
            cancel("SIGTERM")
            self.cancelled_at = time.monotonic()

        threading.Thread(target=wait, daemon=True).start()

    def __call__(
        self,
        operation: str | None = "create",
        *,
        event: Mapping[str, Any] | None = None,
        patience: float = 60,
        **inputs: str | None,
    ) -> Result:
        """Run the action to its end; the arguments are those of a process."""
        folder, environment = self.prepare(operation, event, inputs)
        log, began = io.StringIO(), time.monotonic()
        with mock.patch.dict(os.environ, environment, clear=True), redirect_stdout(log):
            code = main(began, watch=self.watch)
        seconds = time.monotonic() - began
        assert seconds < patience, f"it took {seconds:.1f} s"
        return read_result(folder, code, log.getvalue(), "", seconds)


Anew = Callable[[], AbstractContextManager[tuple["Simulator", InProcess]]]
_PASSED = {"PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR"}


class Process:
    """A run that is under way."""

    def __init__(
        self, command: tuple[str, ...], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own entry point
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def wait(self, timeout: float) -> Result:
        """Wait for its end, and gather what it left behind."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            message = f"stuck after {timeout} s:\n{out.decode()}\n{err.decode()}"
            raise AssertionError(message) from None
        seconds = time.monotonic() - self._started
        code = self.process.returncode
        return read_result(self._folder, code, out.decode(), err.decode(), seconds)


def read_result(folder: Path, code: int, log: str, stderr: str, seconds: float) -> Result:
    """Read what a run left in its folder."""
    outputs = (folder / "output").read_bytes().decode()
    return Result(
        code=code,
        log=log,
        stderr=stderr,
        outputs={name: value for name, _, value in _OUTPUT.findall(outputs)},
        summary=(folder / "summary").read_bytes().decode(),
        seconds=seconds,
    )


def urls_of(simulator: Simulator) -> dict[str, str]:
    """Give the ``with:`` inputs that point the action at a simulator."""
    return {
        "pagerduty-api-url": simulator.pagerduty.url,
        "pagerduty-events-url": f"{simulator.events.url}/v2",
        "pagerduty-identity-url": simulator.identity.url,
        "incident-io-api-url": simulator.incident_io.url,
        "port-api-url": simulator.port.url,
    }


def credentials() -> dict[str, str]:
    """Give the ``with:`` inputs of a repository that is set up for PagerDuty and Port."""
    return {
        "pagerduty-token": ACCOUNT_TOKEN,
        "routing-key": ROUTING_KEY,
        "from": "ada@example.com",
        "port-client-id": CLIENT_ID,
        "port-client-secret": CLIENT_SECRET,
    }


def from_port(simulator: Simulator, entity: str | None, **inputs: str) -> dict[str, Any]:
    """Make the event of a click in Port's self-service, and start its run.

    Args:
        simulator: where the run is started.
        entity: what the action was run on.
        inputs: what the user filled in.
    """
    blueprints = {"Q": "pagerdutyIncident", "0": "incidentIOIncident"}
    context: dict[str, Any] = {
        "blueprint": blueprints.get((entity or "")[:1], "pagerdutyService"),
        "entity": entity,
        "run_id": simulator.port.state.start_run(),
        "relations": {},
    }
    return {"inputs": {**inputs, "port_context": json.dumps(context)}}


def run_id_of(event: Mapping[str, Any]) -> str:
    """Give the Port run that an event belongs to."""
    run_id: str = json.loads(event["inputs"]["port_context"])["run_id"]
    return run_id


def writes(exchanges: Iterable[Exchange], *apis: str) -> list[Exchange]:
    """List the requests that were to change something in some APIs."""
    return [
        one
        for one in exchanges
        if one.api in apis and one.method != "GET" and not one.path.endswith("/access_token")
    ]


def _unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
