"""Clicks in Port: an action's form is filled in, and GitHub Ocean starts its workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests

from harness import ROOT
from pd_incident_action.setup import resources
from pd_incident_action.setup.workflows import by_ocean
from pd_incident_simulator.port.blueprints import complete

if TYPE_CHECKING:
    from pd_incident_simulator import Simulator
    from pd_incident_simulator.port.state import Dispatch


def install(sim: Simulator, slug: str, *, sends_null: bool = False) -> None:
    """Install an operation's action, unless that is done.

    Args:
        sim: where.
        slug: the operation's.
        sends_null: whether its empty fields arrive as ``null``, as those of hand-made actions do.
    """
    for body in resources.blueprints():
        sim.port.state.blueprints.setdefault(body["identifier"], complete(body))
    (action,) = resources.workflow_actions([slug], "octo/shop")
    if action["identifier"] in sim.port.state.actions:
        return
    action = by_ocean(action, ["github-ocean"])
    text = json.dumps(action)
    if sends_null:
        text = re.sub(r'( // (false|\\"\\")) \}\}', " }}", text)
    _ask(sim, "/v1/actions", json.loads(text))


def click(
    sim: Simulator, slug: str, entity: str | None, filled_in: Mapping[str, str]
) -> tuple[Dispatch, str]:
    """Run an operation's action.

    Args:
        sim: where it is installed.
        slug: the operation's.
        entity: what it is run on.
        filled_in: the form, as texts.

    Returns:
        The workflow that is started, and the id of Port's run.
    """
    text = (ROOT / "port" / "actions" / f"{slug}.json").read_text(encoding="utf-8")
    action = sim.port.state.actions[json.loads(text)["identifier"]]
    trigger = action["trigger"]
    fields = trigger["userInputs"]["properties"]
    values = {name: _typed(value, fields[name]["type"]) for name, value in filled_in.items()}
    body: dict[str, Any] = {"properties": values}
    if trigger["operation"] == "DAY-2" and entity:
        blueprint = trigger["blueprintIdentifier"]
        known = {"identifier": entity, "title": entity, "properties": {}, "relations": {}}
        sim.port.state.entities.setdefault(blueprint, {}).setdefault(entity, known)
        body["entity"] = entity
    run = _ask(sim, f"/v1/actions/{action['identifier']}/runs", body)["run"]
    return sim.port.state.dispatches[-1], run["id"]


def _typed(value: str, kind: str) -> object:
    return [value] if kind == "array" else json.loads(value) if kind == "number" else value


def _ask(sim: Simulator, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    answer = requests.post(sim.port.url + path, json=body, headers=headers, timeout=10)
    assert answer.ok, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
