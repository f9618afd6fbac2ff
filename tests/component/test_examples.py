"""What users copy works as it stands: the README's workflows and examples/workflows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import (
    ACCOUNT_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    ROOT,
    ROUTING_KEY,
    Action,
    Result,
    from_port,
    run_id_of,
)
from pd_incident_simulator import Simulator
from scenes import INCIDENT_IO_KEY, TITLE, Filled, scene

SECRETS = {
    "PAGERDUTY_API_KEY": ACCOUNT_TOKEN,
    "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
    "INCIDENT_IO_API_KEY": INCIDENT_IO_KEY,
    "PORT_CLIENT_ID": CLIENT_ID,
    "PORT_CLIENT_SECRET": CLIENT_SECRET,
}
CONFIG = "severities: {SEV-1: {urgency: high, acknowledge-within: 5m}}"
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def yaml_blocks(page: Path) -> list[Any]:
    """Read a page's YAML; ``on`` stays a text."""
    blocks = re.findall(
        r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [yaml.load(block, yaml.BaseLoader) for block in blocks]  # noqa: S506 - texts only


def steps(block: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - YAML
    """Find the steps that use the action."""
    if isinstance(block, dict):
        jobs = block.get("jobs", {}).values()
        block = [step for job in jobs for step in job["steps"]]
    return [step for step in block if step.get("uses", "").startswith("org/pd-incident-action@")]


def inputs_of(step: dict[str, Any]) -> dict[str, Any]:
    """Evaluate a step's ``with:`` as GitHub does; nothing but secrets may stand in expressions."""
    given: dict[str, Any] = {}
    for name, value in step["with"].items():
        match = re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", value)
        assert match or "${{" not in value, "no user text is pasted into an input"
        given[name.replace("-", "_")] = SECRETS[match[1]] if match else value
    return given


def perform(
    block: dict[str, Any], entity: str | None, sim: Simulator, act: Action, filled_in: Filled
) -> Result:
    """Dispatch a workflow from Port, with what its form asks for, and run its step."""
    asked = block["on"]["workflow_dispatch"]["inputs"]
    assert filled_in.keys() <= asked.keys()
    filled_in = {"from": "ada@example.com", **filled_in} if "from" in asked else filled_in
    event = from_port(sim, entity, **filled_in)
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    (step,) = steps(block)
    result = act(event=event, **inputs_of(step))
    assert result.code == 0, result.log
    assert len(sim.port.state.runs[run_id_of(event)].logs) >= 1
    return result


def test_the_readmes_workflow_runs_as_it_is(sim: Simulator, act: Action) -> None:
    filled_in = {"title": TITLE, "urgency": "high", "extra_details": "40 % errors"}
    perform(yaml_blocks(ROOT / "README.md")[0], "PSVC001", sim, act, filled_in)
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["title"] == TITLE
    assert incident["body"]["details"] == "40 % errors"


def test_the_readmes_step_for_failed_jobs_is_three_lines_that_page(
    sim: Simulator, act: Action
) -> None:
    (step,) = steps(yaml_blocks(ROOT / "README.md")[1])
    assert step["if"] == "failure()"
    act.urls = {"pagerduty-events-url": f"{sim.events.url}/v2"}
    result = act(**inputs_of(step))
    assert result.code == 0, result.log
    assert [e.json["event_action"] for e in sim.exchanges] == ["trigger"]


@pytest.fixture
def _workspace(act: Action, tmp_path: Path) -> None:
    """Check out a repository with a configuration file, for those that need one."""
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)


@pytest.mark.usefixtures("_workspace")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_runs_as_it_is(sim: Simulator, act: Action, path: Path) -> None:
    entity, filled_in, blueprint = scene(path.stem, sim, act)
    block = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - texts only
    result = perform(block, entity, sim, act, filled_in)
    assert "Port wasn't fully updated" not in result.log
    if blueprint:
        assert result.outputs["entity-identifier"] in sim.port.state.entities[blueprint]


def test_examples_only_use_inputs_that_exist() -> None:
    for path in EXAMPLES:
        block = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - texts only
        (step,) = steps(block)
        assert step["with"].keys() <= ACTION["inputs"].keys(), path.name
