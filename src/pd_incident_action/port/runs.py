"""The Port run that the action reports to.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pd_incident_action.http.messages import ApiRequest, build_path

from .client import PortClient

Ending = Literal["SUCCESS", "FAILURE", "CANCELLED"]

# Port doesn't document a limit for a log message; its answers to larger ones vary.
LOG_CHARACTERS = 10_000
_NODE_RUN_PREFIX = "wfnr_"
_NODE_RESULTS: Mapping[Ending, str] = {"FAILURE": "FAILED"}
_ACTION_STATUSES: Mapping[Ending, str] = {"CANCELLED": "FAILURE"}


def is_node_run(run_id: str) -> bool:
    """Check whether an id is of a workflow's node run (``wfnr_…``), not an action's (``r_…``)."""
    return run_id.startswith(_NODE_RUN_PREFIX)


class PortRun:
    """A run of a self-service action, or a node run of a Port workflow.

    Their endpoints are /v1/actions/runs/{id} and /v1/workflows/nodes/runs/{id}. All methods raise
    `ApiError` where Port refuses or isn't reached.

    Args:
        port: Port's API.
        run_id: ``r_…`` or ``wfnr_…``.
    """

    def __init__(self, port: PortClient, run_id: str) -> None:
        self._port = port
        self._is_node = is_node_run(run_id)
        parent = ("workflows", "nodes") if self._is_node else ("actions",)
        self._path = build_path("v1", *parent, "runs", run_id)

    def log(self, text: str) -> None:
        """POST …/logs: add a message to the run's log."""
        node_log = {"logs": [{"level": "INFO", "message": text}]}
        body = node_log if self._is_node else {"message": text}
        self._port.send(ApiRequest("POST", f"{self._path}/logs", "add to the run's log", json=body))

    def set_result(self, links: Sequence[str], summary: str) -> None:
        """PATCH …: show links and a summary on the run."""
        if self._is_node:
            self._patch("update the run", {"links": links, "output": {"summary": summary}})
        else:
            self._patch("update the run", {"link": links, "summary": summary})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH …: end the run, after which it can't change."""
        if self._is_node:
            changes = {"status": "COMPLETED", "result": _NODE_RESULTS.get(ending, ending)}
        else:
            changes = {"status": _ACTION_STATUSES.get(ending, ending)}
        self._patch("end the run", {**changes, "statusLabel": label})

    def _patch(self, action: str, changes: dict[str, Any]) -> None:
        self._port.send(ApiRequest("PATCH", self._path, action, json=changes))
