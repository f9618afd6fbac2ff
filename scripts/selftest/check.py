"""Compare the results of the self-test's steps with the expected ones.

Reads from the environment: ``STEPS``, the job's ``steps`` context as JSON; ``CONTROL_URL``, the
simulator's; ``TITLE``, the incident's title. With ``--summary FILE``, a job summary instead.
"""

from __future__ import annotations

import argparse
import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
_REFUSED = ("refused", "incomplete")


def main() -> int:
    """Check the results, print the problems, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--summary", type=Path)
    arguments = parser.parse_args()
    if arguments.summary:
        found = list(summary_problems(arguments.summary.read_text(encoding="utf-8")))
    else:
        steps = json.loads(os.environ["STEPS"])
        found = list(problems(steps, _state(os.environ["CONTROL_URL"]), os.environ["TITLE"]))
    for problem in found:
        print(f"::error title=Self-test::{problem}")
    print(f"The self-test {'failed' if found else 'passed'}.")
    return 1 if found else 0


def problems(steps: Json, state: Json, title: str) -> Iterator[str]:
    """List the unexpected results.

    Args:
        steps: the job's ``steps`` context.
        state: what the simulator holds.
        title: the incident's title.

    Yields:
        Sentences.
    """
    yield from _outcomes(steps)
    incidents: Json = state["incidents"]
    if len(incidents) != 2:  # noqa: PLR2004 - one by create, one by trigger
        yield f"there are {len(incidents)} incidents instead of 2"
    created = {"outputs": {}} | steps.get("create", {})
    incident = incidents.get(created["outputs"].get("incident-id"))
    if incident is None:
        yield "create gave no id of an incident that exists"
        return
    expected = _expected(incident, state)
    yield from _differences("create", created["outputs"], expected)
    if incident["title"] != title:
        yield f"the title arrived as {incident['title']!r}"
    again = {"incident-id": incident["id"], "created": "false"}
    yield from _differences("again", steps["again"]["outputs"], again)
    handed = {"incident-id": incident["id"], "assignees": "Grace Hopper"}
    yield from _differences("escalate", steps["escalate"]["outputs"], handed)
    yield from _differences("trigger", steps["trigger"]["outputs"], {"dedup-key": "selftest"})
    yield from _catalog(incident, state)


def _outcomes(steps: Json) -> Iterator[str]:
    for name in ("create", "again", "escalate", "trigger", *_REFUSED):
        wanted = "failure" if name in _REFUSED else "success"
        outcome = steps.get(name, {}).get("outcome")
        if outcome != wanted:
            yield f"{name} ended with {outcome} instead of {wanted}"
        if name in _REFUSED and steps.get(name, {}).get("outputs", {}).get("incident-id"):
            yield f"{name} gave the id of an incident"


def _expected(incident: Json, state: Json) -> dict[str, str]:
    return {
        "incident-number": str(incident["incident_number"]),
        "incident-url": incident["html_url"],
        "incident-status": "triggered",
        "incident-urgency": "high",
        "dedup-key": incident["incident_key"],
        "assignees": "Ada Lovelace",
        "escalation-policy": "Platform",
        "created": "true",
        "entity-identifier": _entity(incident, state).get("identifier", "missing"),
    }


def _differences(step: str, outputs: Json, expected: Mapping[str, str]) -> Iterator[str]:
    for name, value in expected.items():
        if outputs.get(name) != value:
            yield f"{step}: output {name} is {outputs.get(name)!r} instead of {value!r}"


def _catalog(incident: Json, state: Json) -> Iterator[str]:
    entity = _entity(incident, state)
    if entity.get("properties", {}).get("url") != incident["html_url"]:
        yield f"Port's catalog holds {entity!r} for the incident"
    told = [run for run in state["runs"].values() if run["logs"]]
    if not any(_tells(run, incident) for run in told):
        yield f"Port's run doesn't tell of incident {incident['incident_number']}: {told!r}"


def _tells(run: Json, incident: Json) -> bool:
    logged = f"#{incident['incident_number']}" in "\n".join(run["logs"])
    return logged and incident["html_url"] in json.dumps(run["link"])


def _entity(incident: Json, state: Json) -> dict[str, Any]:
    entities: dict[str, dict[str, Any]] = state["entities"].get("pagerdutyIncident", {})
    return entities.get(incident["id"], {})


def summary_problems(text: str) -> Iterator[str]:
    """List what is missing in the job summary of a created incident.

    Args:
        text: the summary.

    Yields:
        Sentences.
    """
    for part in ("### Paged: 🔴", "/incidents/", "Assigned to", "Ada Lovelace", "Time to page"):
        if part not in text:
            yield f"the job summary doesn't show {part!r}"


def _state(control: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{control}/control/state", timeout=10) as answer:  # noqa: S310 - our own simulator
        state: dict[str, Any] = json.load(answer)
    return state


if __name__ == "__main__":
    raise SystemExit(main())
