"""Self-service actions start the workflows of this repository, or it is told what they start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from responses import RequestsMock

from checkups import PORT, PORT_CREDENTIALS, tools_of
from pd_incident_action.doctor.finding import Finding, doubtful, fine
from pd_incident_action.doctor.port_actions import check_actions, known_actions

ACTIONS = Path(__file__).resolve().parents[3] / "port" / "actions"
COUNT = len(known_actions())


def action(identifier: str = "pagerduty_create", **method: Any) -> dict[str, Any]:  # noqa: ANN401 - members of an invocation
    usual = {"type": "GITHUB", "org": "octo", "repo": "shop", "workflow": "create.yml"}
    return {"identifier": identifier, "invocationMethod": {**usual, **method}}


def check(
    api: RequestsMock, *actions: dict[str, Any], repository: str = "octo/shop"
) -> list[Finding]:
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    api.add("GET", f"{PORT}/actions", json={"actions": actions})
    return check_actions(tools_of(**PORT_CREDENTIALS).port, repository)


def installed(number: int) -> Finding:
    words = f"{number} of {COUNT} are installed and start workflows of this repository"
    return fine("self-service actions", words)


def test_the_actions_are_those_of_the_folder() -> None:
    files = [json.loads(path.read_text(encoding="utf-8")) for path in ACTIONS.glob("*.json")]
    there = {one["identifier"]: one["invocationMethod"]["workflow"] for one in files}
    assert there
    assert there.items() <= known_actions().items()


def test_actions_that_start_this_repositorys_workflows_are_fine(api: RequestsMock) -> None:
    escalate = action("pagerduty_escalate", workflow="escalate.yml")
    mine = action("deploy", org="somebody")
    assert check(api, action(org="Octo"), escalate, mine) == [installed(2)]


@pytest.mark.parametrize(
    ("method", "line"),
    [
        (
            {"org": "<GITHUB_ORG>"},
            (
                "! self-service action pagerduty_create: starts a workflow of <GITHUB_ORG>/shop, "
                "not of octo/shop – set org and repo of its invocation method to octo/shop"
            ),
        ),
        (
            {"workflow": "page.yml"},
            (
                "! self-service action pagerduty_create: starts page.yml, not create.yml – check "
                "that this workflow is in .github/workflows and uses the action for this"
            ),
        ),
    ],
)
def test_an_action_that_starts_something_else_is_told(
    api: RequestsMock, method: dict[str, str], line: str
) -> None:
    (finding,) = check(api, action(**method))
    assert finding.line == line


def test_the_others_are_counted(api: RequestsMock) -> None:
    escalate = action("pagerduty_escalate", workflow="escalate.yml")
    astray, rest = check(api, action(repo="other"), escalate)
    assert astray.mark == "!"
    assert rest == installed(1)


def test_nothing_installed_is_told(api: RequestsMock) -> None:
    assert check(api, action("deploy")) == [
        doubtful(
            "self-service actions",
            f"none of the {COUNT} actions of port/actions is installed",
            "install those you want, or start workflows otherwise",
        )
    ]


@pytest.mark.parametrize(
    ("method", "repository"),
    [({"type": "WEBHOOK", "org": None}, "octo/shop"), ({"org": "else"}, "")],
)
def test_what_nobody_can_tell_is_let_pass(
    api: RequestsMock, method: dict[str, Any], repository: str
) -> None:
    assert check(api, action(**method), repository=repository) == [installed(1)]
