"""What Port starts workflows with, and what it knows of a run that it started.

https://docs.port.io/api-reference/port-api under Actions/Automations and Action runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pd_incident_action.http.messages import ApiRequest, build_path

if TYPE_CHECKING:
    from .client import Port

IN_PROGRESS = "IN_PROGRESS"


def self_service_actions(port: Port) -> Sequence[Mapping[str, Any]]:
    """GET /v1/actions?trigger_type=self-service: list the actions that people click on.

    Args:
        port: Port's API.

    Returns:
        The actions, each with ``identifier`` and ``invocationMethod``.

    Raises:
        ApiError: Port refused or wasn't reached.
    """
    call = ApiRequest(
        "GET",
        "/v1/actions",
        "list the self-service actions",
        params={"trigger_type": "self-service"},
        envelope="actions",
    )
    found: Sequence[Mapping[str, Any]] = port.send(call).body["actions"]
    return found


def action_run(port: Port, run_id: str) -> Mapping[str, Any]:
    """GET /v1/actions/runs/{run_id}: read a run of an action.

    Args:
        port: Port's API.
        run_id: ``r_…``.

    Returns:
        The run, with its ``status``.

    Raises:
        ApiError: it doesn't exist, or Port wasn't reached.
    """
    path = build_path("v1", "actions", "runs", run_id)
    call = ApiRequest("GET", path, f"find run {run_id} of input 'port-run-id'", envelope="run")
    found: Mapping[str, Any] = port.send(call).body["run"]
    return found
