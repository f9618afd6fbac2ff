"""What docs/migrating.md puts in place of the guides' steps does what the guides' forms ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from harness import ACCOUNT_TOKEN, CLIENT_ID, CLIENT_SECRET, ROUTING_KEY, Action, run_id_of
from harness import from_port as clicked
from pd_incident_simulator import Simulator
from pd_incident_simulator.incident_io.objects import API_KEY
from repository import blocks, parse_yaml, read

PAGE = read("docs/migrating.md")
SECRETS = {
    "PAGERDUTY_API_KEY": ACCOUNT_TOKEN,
    "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
    "PORT_CLIENT_ID": CLIENT_ID,
    "PORT_CLIENT_SECRET": CLIENT_SECRET,
    "INCIDENT_IO_API_KEY": API_KEY,
}
ADA = {"from": "ada@example.com"}
# What people fill in, by operation; and what the guide's action is run on, if not an incident.
FORMS: Mapping[tuple[str, str], dict[str, str]] = {
    ("pagerduty", "create"): {
        "title": 'It\'s "down"',
        "extra_details": "Since 3:10",
        "urgency": "low",
        **ADA,
    },
    ("pagerduty", "trigger"): {
        "summary": "Disk full",
        "source": "db",
        "severity": "critical",
        "event_action": "trigger",
        "routing_key": ROUTING_KEY,
    },
    ("pagerduty", "escalate"): {"escalation_policy_id": "PPOL002", "urgency": "high", **ADA},
    ("pagerduty", "acknowledge"): ADA,
    ("pagerduty", "resolve"): ADA,
    ("pagerduty", "reassign"): {"new_owner": "grace@example.com", **ADA},
    ("pagerduty", "on-call"): {},
    ("pagerduty", "override"): {
        "start_time": "2099-01-01T01:00:00Z",
        "end_time": "2099-01-01T02:00:00Z",
        "new_on_call_user": "grace@example.com",
    },
    ("pagerduty", "create-service"): {
        "name": "Search",
        "description": "Hits",
        "escalation_policy": "PPOL001",
    },
    ("incident-io", "create"): {
        "name": "Down",
        "severity": "Major",
        "description": "Since 3:10",
        "visibility": "private",
    },
}
ENTITIES = {"create": "PSVC001", "trigger": "PSVC001", "on-call": "PSCHED1", "override": "PSCHED1"}


def shown() -> list[Any]:
    """List the steps that the page has in the end, with names for the test's report."""
    found = []
    for diff in blocks(PAGE, "diff"):
        after = "\n".join(line[1:] for line in diff.splitlines() if line[:1] in {" ", "+"})
        jobs = parse_yaml(after)["jobs"].values()
        found += [step["with"] for job in jobs for step in job["steps"]]
    names = (given.get("operation", "create") for given in found)
    return [pytest.param(given, id=name) for given, name in zip(found, names, strict=True)]


def evaluated(value: str, event: Mapping[str, Any]) -> str:
    """Evaluate an expression as GitHub does."""
    expression = re.fullmatch(r"\$\{\{ (.+) \}\}", value)
    if expression is None:
        return value
    *_, context, name = re.split(r"[.()]+", expression[1])
    if context == "port_context":
        return str(json.loads(event["inputs"]["port_context"])[name])
    return SECRETS[name] if context == "secrets" else str(event["inputs"].get(name, ""))


@pytest.mark.parametrize("given", shown())
def test_the_step_understands_the_guides_form(
    sim: Simulator, act: Action, given: dict[str, str]
) -> None:
    operation = (given.get("provider", "pagerduty"), given.get("operation", "create"))
    entity = ENTITIES.get(operation[1])
    if entity is None:
        entity = act(title="Down", service="PSVC001", port_client_id=None).outputs["incident-id"]
    event = clicked(sim, entity, **FORMS[operation])
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    inputs: dict[str, Any] = {name: evaluated(value, event) for name, value in given.items()}
    result = act(inputs.pop("operation", None), event=event, **inputs)
    assert result.code == 0, result.log
    # Handing an incident to a person ends its escalation, and says so.
    warned = [text for text in result.annotations("warning") if "no longer escalates" not in text]
    assert warned == []
    assert sim.port.state.runs[run_id_of(event)].logs
