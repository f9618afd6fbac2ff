"""The main job from click to catalog, against the simulator: what ``make demo`` shows.

Starts the simulator, runs ``entrypoint.py`` as a process from event files like Port's, and shows
what the action printed, what PagerDuty now holds, Port's run log and the catalog's entity.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from pd_incident_simulator import Simulator  # noqa: E402 - only found once the path is set

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
DEDUP_KEY = "payments-latency"


class UnexpectedError(Exception):
    """Something isn't as the demo promises."""


@dataclass(frozen=True)
class Step:
    """One click in Port.

    Attributes:
        headline: what the user does.
        operation: the action's operation.
        entity: what the click is made on.
        filled_in: what the user fills in.
        status: the status that the incident must have then.
        assignee: who must have been paged then.
    """

    headline: str
    operation: str
    entity: str
    filled_in: Mapping[str, str]
    status: str
    assignee: str


def main() -> int:
    """Play all steps.

    Returns:
        The exit code: 1 if anything isn't as it should be.
    """
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        try:
            incident = play(_create(), simulator, Path(folder))
            play(_escalate(incident["id"]), simulator, Path(folder))
            for event_action, status in _ALERT:
                play(_event(event_action, status), simulator, Path(folder))
        except UnexpectedError as error:
            show(f"\n✗ {error}")
            return 1
    show("\n✓ Everything is as it should be: two incidents, each paged exactly once.")
    return 0


def _create() -> Step:
    return Step(
        headline="A developer clicks “Create incident” on the service Checkout",
        operation="create",
        entity="PSVC001",
        filled_in={
            "title": 'Checkout says "502"\n::error::and `$(reboot)` does not help',
            "extra_details": "Since 03:10, 40 % of orders fail.",
            "from": "ada@example.com",
        },
        status="triggered",
        assignee="Ada Lovelace",
    )


def _escalate(incident: str) -> Step:
    return Step(
        headline="Nobody reacts: somebody clicks “Escalate incident” on that incident",
        operation="escalate",
        entity=incident,
        filled_in={"escalation_policy_id": "PPOL002", "from": "ada@example.com"},
        status="triggered",
        assignee="Grace Hopper",
    )


_ALERT = (("trigger", "triggered"), ("acknowledge", "acknowledged"), ("resolve", "resolved"))


def _event(event_action: str, status: str) -> Step:
    return Step(
        headline=f"A workflow sends an event to PagerDuty: {event_action}",
        operation="trigger",
        entity=DEDUP_KEY,
        filled_in={
            "event_action": event_action,
            "summary": "Payments answer slowly",
            "source": "payments.example.com",
            "severity": "critical",
            "dedup_key": DEDUP_KEY,
        },
        status=status,
        assignee="Ada Lovelace",
    )


def play(step: Step, simulator: Simulator, folder: Path) -> dict[str, Any]:
    """Play one step, show it, and check what came of it.

    Args:
        step: the click.
        simulator: PagerDuty and Port.
        folder: where the run's files go.

    Returns:
        The incident, as PagerDuty holds it.

    Raises:
        UnexpectedError: something isn't as it should be.
    """
    show(f"\n━━ {step.headline} " + "━" * max(3, 90 - len(step.headline)))
    run_id = simulator.port.state.start_run()
    result = run_action(step, run_id, simulator, folder)
    show_block(f"The action ({step.operation}) printed", result.stdout.splitlines())
    if result.returncode != 0:
        raise UnexpectedError(f"the action failed: {result.stdout} {result.stderr}")
    incident = _newest_incident(step, simulator)
    entity = simulator.port.state.entities["pagerdutyIncident"].get(incident["id"], {})
    run = simulator.port.state.runs[run_id]
    show_block("PagerDuty holds", _facts(incident))
    show_block(f"Port's log of run {run_id}", "\n".join(run.logs).splitlines())
    show_block(f"Port's catalog: {incident['id']}", _as_lines(entity))
    check(step, incident, entity, run.logs)
    return incident


def run_action(
    step: Step, run_id: str, simulator: Simulator, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the entry point as the runner would.

    Args:
        step: the click.
        run_id: the Port run that it made.
        simulator: PagerDuty and Port.
        folder: where the run's files go.

    Returns:
        The process, with what it printed.
    """
    context = {"blueprint": "pagerdutyService", "entity": step.entity, "run_id": run_id}
    event = {"inputs": {**step.filled_in, "port_context": json.dumps(context)}}
    for name in ("output", "summary"):
        (folder / name).write_text("")
    (folder / "event.json").write_text(json.dumps(event))
    inputs = {
        "operation": step.operation,
        "pagerduty-token": "pd-account-token",
        "routing-key": ROUTING_KEY,
        "port-client-id": "port-client-id",
        "port-client-secret": "port-client-secret",
        "pagerduty-api-url": simulator.pagerduty.url,
        "pagerduty-events-url": f"{simulator.events.url}/v2",
        "port-api-url": simulator.port.url,
    }
    github = {
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_JOB": "page",
    }
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    return subprocess.run(  # noqa: S603 - our own entry point
        [sys.executable, str(ROOT / "entrypoint.py")],
        env=os.environ | github | given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def _newest_incident(step: Step, simulator: Simulator) -> dict[str, Any]:
    incidents = simulator.pagerduty.state.incidents
    if step.operation == "escalate":
        return incidents[step.entity]
    return list(incidents.values())[-1]


def check(step: Step, incident: dict[str, Any], entity: dict[str, Any], log: list[str]) -> None:
    """Compare what came of a step with what it promises.

    Args:
        step: the click.
        incident: as PagerDuty holds it.
        entity: as Port's catalog holds it.
        log: the Port run's log.

    Raises:
        UnexpectedError: something isn't as it should be.
    """
    assignees = [assignment["assignee"]["summary"] for assignment in incident["assignments"]]
    title = step.filled_in.get("title") or step.filled_in.get("summary") or incident["title"]
    promised = {
        "the incident's status": (incident["status"], step.status),
        "the incident's title": (incident["title"], title),
        "who was paged": (assignees, [step.assignee] if step.status == "triggered" else assignees),
        "the entity's status": (entity.get("properties", {}).get("status"), step.status),
        "the entity's link": (entity["properties"]["url"], incident["html_url"]),
        "the entity's service": (entity["relations"]["pagerdutyService"], ["PSVC001"]),
        "the run log": (len("\n".join(log).splitlines()) >= 2, True),  # noqa: PLR2004 - before and after
    }
    for what, (actual, expected) in promised.items():
        if actual != expected:
            raise UnexpectedError(f"{what} is {actual!r}, not {expected!r}")


def _facts(incident: dict[str, Any]) -> list[str]:
    assignees = [assignment["assignee"]["summary"] for assignment in incident["assignments"]]
    return [
        f"#{incident['incident_number']} {incident['title']!r}",
        f"{incident['status']}, {incident['urgency']} urgency, on {incident['service']['summary']}",
        f"assigned to {', '.join(assignees)}",
        f"by policy {incident['escalation_policy']['summary']}",
        incident["html_url"],
    ]


def _as_lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def show_block(headline: str, lines: list[str]) -> None:
    """Show some lines below a headline.

    Args:
        headline: what they are.
        lines: the lines.
    """
    show(f"\n  {headline}:")
    for line in lines:
        show(f"    {line}")


def show(line: str) -> None:
    """Print a line.

    Args:
        line: the line.
    """
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
