"""Runs of self-service actions, and node runs of workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .things import Json, invalid, now

NODE_RUN_PREFIX = "wfnr_"
IN_PROGRESS = "IN_PROGRESS"
_ENDS = ("SUCCESS", "FAILURE")
_NODE_ENDS = {"SUCCESS": "SUCCESS", "FAILED": "FAILURE", "CANCELLED": "CANCELLED"}
_PATCHABLE = {"status", "statusLabel", "link", "summary", "externalRunId", "message"}


@dataclass
class Run:
    """An action's run, or a workflow's node run.

    Attributes:
        id: ``r_…`` or ``wfnr_…``.
        status: IN_PROGRESS until it ends.
        status_label: a few words beside the status.
        link: pages to look at.
        summary: what came of it.
        action: identifier of the action that it is a run of.
        blueprint: blueprint of the entity that it was started on, where it was.
        entity: that entity's identifier.
        properties: what the form was filled in with.
        external_run_id: what the run is called where it runs.
        logs: the log's lines, as they came.
        entities: blueprint and identifier of each entity written in the run's name.
    """

    id: str
    status: str = IN_PROGRESS
    status_label: str = ""
    link: list[str] = field(default_factory=list)
    summary: str = ""
    external_run_id: str = ""
    logs: list[str] = field(default_factory=list)
    entities: list[tuple[str, str]] = field(default_factory=list)
    action: str = "pagerduty_create"
    blueprint: str = ""
    entity: str = ""
    properties: Json = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether it has ended, after which it can't change."""
        return self.status != IN_PROGRESS

    @property
    def is_node_run(self) -> bool:
        """Whether it is a workflow's node run, which has endpoints of its own."""
        return self.id.startswith(NODE_RUN_PREFIX)


def patch(run: Run, changes: Mapping[str, Any]) -> None:
    """Change an action's run; a status ends it."""
    unknown = set(changes) - _PATCHABLE
    if unknown:
        raise invalid(f"body must NOT have additional property {min(unknown)!r}")
    status = changes.get("status", run.status)
    if "status" in changes and status not in _ENDS:
        raise invalid("body/status must be one of SUCCESS, FAILURE")
    link = changes.get("link", run.link)
    links = _texts("link", [link] if isinstance(link, str) else link)
    summary = _text(changes, "summary", run.summary)
    label = _text(changes, "statusLabel", run.status_label)
    run.external_run_id = _text(changes, "externalRunId", run.external_run_id)
    run.link, run.summary, run.status_label, run.status = links, summary, label, status


def add_log(run: Run, line: Mapping[str, Any]) -> str:
    """Add a line to the log of an action's run; a termination status ends it."""
    message = line.get("message")
    if not isinstance(message, str) or not message:
        raise invalid('"message" must be a non-empty string')
    end = line.get("terminationStatus", run.status)
    if "terminationStatus" in line and end not in _ENDS:
        raise invalid("body/terminationStatus must be one of SUCCESS, FAILURE")
    run.status_label = _text(line, "statusLabel", run.status_label)
    run.status = end
    run.logs.append(message)
    return message


def patch_node(run: Run, changes: Mapping[str, Any]) -> None:
    """Change a workflow's node run; completing it ends it."""
    if changes.get("status", IN_PROGRESS) not in {IN_PROGRESS, "COMPLETED"}:
        raise invalid("body/status must be one of IN_PROGRESS, COMPLETED")
    completes = changes.get("status") == "COMPLETED"
    if completes and str(changes.get("result")) not in _NODE_ENDS:
        raise invalid(f"body/result must be one of {', '.join(_NODE_ENDS)}")
    run.link = _texts("links", changes.get("links", run.link))
    output = changes.get("output")
    run.summary = _text(output, "summary", run.summary) if isinstance(output, dict) else run.summary
    run.status_label = _text(changes, "statusLabel", run.status_label)
    if completes:
        run.status = _NODE_ENDS[changes["result"]]


def add_node_logs(run: Run, body: Mapping[str, Any]) -> None:
    """Add lines to the log of a workflow's node run."""
    lines = body.get("logs")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise invalid("body/logs must be a list of objects")
    messages = [line.get("message") for line in lines]
    if not all(isinstance(message, str) and message for message in messages):
        raise invalid("body/logs/message must be a non-empty string")
    run.logs += messages


def show(run: Run) -> Json:
    """Give an action's run as the API shows it."""
    places = {"blueprint": run.blueprint, "entity": run.entity}
    return {
        "id": run.id,
        "status": run.status,
        "statusLabel": run.status_label or None,
        "link": run.link,
        "summary": run.summary,
        "action": {"identifier": run.action},
        **{name: {"identifier": identifier} for name, identifier in places.items() if identifier},
        "properties": run.properties,
        "requiredApproval": False,
        "source": "UI",
    }


def show_line(run: Run, number: int, message: str) -> Json:
    """Give a line of a run's log as the API shows it."""
    return {
        "id": f"log_{run.id}_{number}",
        "runId": run.id,
        "message": message,
        "createdBy": "simulator",
        "createdAt": now(),
    }


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"body/{name} must be a list of strings")
    return value


def _text(source: Mapping[str, Any], name: str, default: str) -> str:
    value = source.get(name, default)
    if not isinstance(value, str):
        raise invalid(f"body/{name} must be string")
    return value
