"""What there is to install is beside the source code, and is filled in."""

from __future__ import annotations

import json
import re

from generate.model import all_operations
from pd_incident_action.setup import resources


def test_there_is_an_action_for_every_operation() -> None:
    assert resources.slugs() == sorted(operation.slug() for operation in all_operations())


def test_a_blueprint_comes_after_those_that_it_relates_to() -> None:
    seen: set[str] = set()
    for body in resources.blueprints():
        assert {one["target"] for one in body["relations"].values()} <= seen
        seen.add(body["identifier"])
    assert "pagerdutySchedule" in seen


def test_actions_belong_to_blueprints_that_are_installed() -> None:
    known = {body["identifier"] for body in resources.blueprints()}
    for body in resources.actions(resources.slugs(), "octo/shop"):
        assert body["trigger"]["blueprintIdentifier"] in known
        assert (body["invocationMethod"]["org"], body["invocationMethod"]["repo"]) == (
            "octo",
            "shop",
        )


def test_nothing_is_left_to_fill_in() -> None:
    bodies = [*resources.actions(["create"], "octo/shop"), resources.webhook()]
    assert re.findall(r"<[A-Z_]+>", json.dumps(bodies)) == []
    assert "secret" not in resources.webhook()["security"]


def test_synced_actions_ask_the_accounts_own_region() -> None:
    bodies = resources.synced_actions(["create", "note"], "https://api.eu.pagerduty.com")
    assert [body["trigger"]["type"] for body in bodies] == ["self-service", "automation"]
    assert bodies[0]["invocationMethod"]["url"].startswith("https://api.eu.pagerduty.com/")


def test_a_workflow_is_the_example() -> None:
    texts = resources.workflows(["create", "incident-io-create"])
    assert list(texts) == ["create.yml", "incident-io-create.yml"]
    assert "operation: create" in texts["create.yml"]


def test_the_image_holds_what_is_installed() -> None:
    dockerfile = (resources.ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = (resources.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for folder in ("port", "examples/workflows"):
        assert f"COPY {folder} /app/{folder}\n" in dockerfile
        assert f"!{folder}" in sent
