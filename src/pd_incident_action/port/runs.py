"""Port's runs, which wait to be told how it went: action runs and workflow node runs.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pd_incident_action.http.messages import ApiRequest, build_path

from .client import NODE_RUN_PREFIX

if TYPE_CHECKING:
    from .client import Port

Ending = Literal["SUCCESS", "FAILURE", "CANCELLED"]

# Port doesn't document a limit for a log message; its answers to larger ones vary.
LOG_CHARACTERS = 10_000


class Run(Protocol):
    """Something in Port that waits to be told how it went."""

    def log(self, text: str) -> None:
        """Add to its log."""

    def describe(self, links: list[str], summary: str) -> None:
        """Show where it can be seen and what came of it."""

    def end(self, ending: Ending, label: str) -> None:
        """End it."""


class ActionRun:
    """A run of a self-service action (``r_…``): /v1/actions/runs/{run_id}.

    Args:
        port: Port's API.
        run_id: the run.
    """

    def __init__(self, port: Port, run_id: str) -> None:
        self._port = port
        self._path = build_path("v1", "actions", "runs", run_id)

    def log(self, text: str) -> None:
        """POST …/logs: add to the run's log; raises `ApiError`."""
        self._port.send(
            ApiRequest("POST", f"{self._path}/logs", "take a log line", json={"message": text})
        )

    def describe(self, links: list[str], summary: str) -> None:
        """PATCH: set links and summary; raises `ApiError`."""
        self._patch("show the result", {"link": links, "summary": summary})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH: end the run, after which it can't change; raises `ApiError`."""
        status = "SUCCESS" if ending == "SUCCESS" else "FAILURE"
        self._patch("end the run", {"status": status, "statusLabel": label})

    def _patch(self, action: str, changes: dict[str, Any]) -> None:
        self._port.send(ApiRequest("PATCH", self._path, action, json=changes))


class NodeRun:
    """A node run of a Port workflow (``wfnr_…``): /v1/workflows/nodes/runs/{id}.

    Args:
        port: Port's API.
        run_id: the node run.
    """

    _RESULTS: Mapping[Ending, str] = {
        "SUCCESS": "SUCCESS",
        "FAILURE": "FAILED",
        "CANCELLED": "CANCELLED",
    }

    def __init__(self, port: Port, run_id: str) -> None:
        self._port = port
        self._path = build_path("v1", "workflows", "nodes", "runs", run_id)

    def log(self, text: str) -> None:
        """POST …/logs: add to the run's log; raises `ApiError`."""
        body = {"logs": [{"level": "INFO", "message": text}]}
        self._port.send(ApiRequest("POST", f"{self._path}/logs", "take a log line", json=body))

    def describe(self, links: list[str], summary: str) -> None:
        """PATCH: set links and output; raises `ApiError`."""
        self._patch("show the result", {"links": links, "output": {"summary": summary}})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH: complete the run; raises `ApiError`."""
        changes = {"status": "COMPLETED", "result": self._RESULTS[ending], "statusLabel": label}
        self._patch("end the run", changes)

    def _patch(self, action: str, changes: dict[str, Any]) -> None:
        self._port.send(ApiRequest("PATCH", self._path, action, json=changes))


def run_of(port: Port, run_id: str) -> Run:
    """Choose the API that a run belongs to.

    Args:
        port: Port's API.
        run_id: ``r_…`` or ``wfnr_…``.

    Returns:
        The run.
    """
    return (NodeRun if run_id.startswith(NODE_RUN_PREFIX) else ActionRun)(port, run_id)
