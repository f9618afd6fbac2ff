"""What is installed is beside the source code, complete, and filled in."""

from __future__ import annotations

import json
import re

from generate.model import all_operations
from pd_incident_action.setup import resources


def test_there_is_an_action_for_every_operation() -> None:
    assert resources.slugs() == sorted(
        operation.slug() for operation in all_operations() if operation.from_port
    )


def test_blueprints_come_after_those_that_they_relate_to_and_before_their_actions() -> None:
    seen: set[str] = set()
    for body in resources.blueprints():
        assert {one["target"] for one in body["relations"].values()} <= seen
        seen.add(body["identifier"])
    actions = resources.workflow_actions(resources.slugs(), "octo/shop")
    places = {body["trigger"].get("blueprintIdentifier") for body in actions}
    assert places - {None} <= seen


def test_nothing_is_left_to_fill_in() -> None:
    (create,) = resources.workflow_actions(["create"], "octo/shop")
    assert create["invocationMethod"]["repo"] == "shop"
    assert re.findall(r"<[A-Z_]+>", json.dumps([create, resources.webhook()])) == []
    assert "secret" not in resources.webhook()["security"]


def test_the_image_has_what_is_installed() -> None:
    dockerfile = (resources.ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = (resources.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for folder in ("port", "examples/workflows"):
        assert f"COPY {folder} /app/{folder}\n" in dockerfile
        assert f"!{folder}" in sent
