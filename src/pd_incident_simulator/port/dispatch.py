"""Starting GitHub's workflows, as Port's GitHub app and GitHub Ocean do, by Port's templates.

https://docs.port.io/actions-and-automations/create-self-service-experiences/setup-the-backend/

Ocean passes texts on as they are and writes everything else as JSON, so that an empty field arrives
as the text ``null``.
"""

from __future__ import annotations

import json
import re

from .objects import Json
from .state import Dispatch, PortState, Run
from .webhooks import evaluate

_OWNER_ID, _REPOSITORY_ID = 1001, 2002
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_SERVER = "https://github.com"


def dispatch(state: PortState, action: Json, run: Run) -> None:
    """Start the workflow that an action names, if it names one; record it in the run."""
    method = action["invocationMethod"]
    is_ocean = method["type"] == "INTEGRATION_ACTION"
    if not is_ocean and method["type"] != "GITHUB":
        return
    started = method["integrationActionExecutionProperties"] if is_ocean else method
    entity = state.entities.get(run.blueprint, {}).get(run.entity)
    data = {
        "inputs": run.properties,
        "run": run.show(),
        "entity": entity,
        "action": {"identifier": run.action, "blueprint": run.blueprint},
    }
    filled = filled_in(started.get("workflowInputs", {}), data)
    inputs = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in (filled.items() if isinstance(filled, dict) else ())
    }
    workflow_run = state.next_workflow_run()
    if is_ocean:
        run.external_run_id = f"gh_{_OWNER_ID}_{_REPOSITORY_ID}_{workflow_run}"
    repository = f"{started['org']}/{started['repo']}"
    run.link = [f"{_SERVER}/{repository}/actions/runs/{workflow_run}"]
    state.dispatches.append(
        Dispatch(
            repository, started["workflow"], inputs.pop("ref", "main"), inputs, str(workflow_run)
        )
    )


def filled_in(template: object, data: object) -> object:
    """Fill in a template.

    Args:
        template: a JSON value; texts in it may hold jq expressions between double braces. One that
            is all of its text gives a value of any type, others become a part of the text.
        data: what the expressions are evaluated over.

    Returns:
        The JSON value without expressions.
    """
    if isinstance(template, dict):
        return {name: filled_in(value, data) for name, value in template.items()}
    if isinstance(template, list):
        return [filled_in(value, data) for value in template]
    if not isinstance(template, str):
        return template
    whole = _EXPRESSION.fullmatch(template)
    if whole and "}}" not in whole[1]:
        return evaluate(whole[1], data)
    return _EXPRESSION.sub(lambda found: _text(evaluate(found[1], data)), template)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
