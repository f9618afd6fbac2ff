"""What users copy works as it stands: the README's workflows and examples/workflows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clicks import click, install
from generate import egress
from generate.model import all_operations
from harness import (
    ACCOUNT_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    ROUTING_KEY,
    Action,
    Result,
)
from pd_incident_action.http.deadline import Cancellation
from pd_incident_simulator import Simulator
from pd_incident_simulator.github.state import TOKEN
from repository import ROOT, blocks, parse_yaml, read
from scenes import CONFIG, INCIDENT_IO_KEY, TITLE, Filled, scene

SECRETS = {
    "PAGERDUTY_API_KEY": ACCOUNT_TOKEN,
    "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
    "INCIDENT_IO_API_KEY": INCIDENT_IO_KEY,
    "PORT_CLIENT_ID": CLIENT_ID,
    "PORT_CLIENT_SECRET": CLIENT_SECRET,
}
README = read("README.md")
PIPELINES = sorted((ROOT / "examples" / "pipelines").glob("*.yml"))
FOLLOWED = [path for path in PIPELINES if path.stem not in {"guard", "expect", "issue"}]
OPERATIONS = {operation.slug(): operation for operation in all_operations()}
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OURS = re.compile(r"org/pd-incident-action(/composite)?@")
ACTION = parse_yaml(read("action.yml"))


def load(path: Path) -> Any:  # noqa: ANN401 - YAML
    """Read a workflow."""
    return parse_yaml(read(path))


def steps(block: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - YAML
    """Find the steps that use the action."""
    if isinstance(block, dict):
        jobs = block.get("jobs", {}).values()
        block = [step for job in jobs for step in job["steps"]]
    return [step for step in block if OURS.match(step.get("uses", ""))]


def inputs_of(step: dict[str, Any], status: str = "") -> dict[str, Any]:
    """Evaluate a step's ``with:``; only secrets and statuses may stand in expressions."""
    needs = json.dumps({"build": {"result": "success"}, "test": {"result": status}})
    given: dict[str, Any] = {}
    for name, text in step["with"].items():
        value = text.replace("${{ job.status }}", status).replace("${{ toJSON(needs) }}", needs)
        match = re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", value)
        assert match or "${{" not in value, "no user text is pasted into an input"
        given[name.replace("-", "_")] = SECRETS[match[1]] if match else value
    return given


def perform(
    block: dict[str, Any], entity: str | None, sim: Simulator, act: Action, filled_in: Filled
) -> Result:
    """Start a workflow by a click in Port, with what its form asks for, and run its step."""
    asked = block["on"]["workflow_dispatch"]["inputs"]
    filled_in = {"from": "ada@example.com", **filled_in} if "from" in asked else filled_in
    (slug,) = block["jobs"]
    dispatch, run_id = click(sim, slug, entity, filled_in)
    assert dispatch.repository == "octo/shop"
    assert dispatch.workflow == f"{slug}.yml"
    for name, value in dispatch.inputs.items():
        assert value in ("null", *asked[name].get("options", [value])), "GitHub would refuse it"
    act.environment["GITHUB_RUN_ID"] = dispatch.run_id
    result = run(block, dispatch.inputs, act)
    assert len(sim.port.state.runs[run_id].logs) >= 1
    return result


def run(block: dict[str, Any], inputs: dict[str, str], act: Action) -> Result:
    """Run a workflow's step."""
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    (step,) = steps(block)
    result = act(event={"inputs": inputs}, **inputs_of(step))
    assert result.code == 0, result.log
    return result


def test_the_nightly_workflow_pages_on_failure_and_closes_on_success(
    sim: Simulator, act: Action
) -> None:
    act.urls = {"pagerduty-events-url": f"{sim.events.url}/v2"}
    follow(parse_yaml(blocks(README, "yaml")[0]), sim, act)


@pytest.mark.parametrize("path", FOLLOWED, ids=lambda path: path.stem)
def test_each_pipeline_pages_on_failure_and_closes_on_success(
    sim: Simulator, act: Action, path: Path
) -> None:
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    follow(load(path), sim, act)


def test_pipelines_are_guarded_and_expected(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Cancellation.sleep
    # Between two looks, no time passes.
    monkeypatch.setattr(Cancellation, "sleep", lambda it, s: None if s == 15 else wait(it, s))
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    sim.github.state.add_run(1, "success", path=".github/workflows/nightly.yml")
    for name, words in (("guard", "No new incident"), ("expect", "no incident is open")):
        (step,) = steps(load(ROOT / "examples" / "pipelines" / f"{name}.yml"))
        result = act(**inputs_of(step), github_token=TOKEN)
        assert (result.code, words in result.log) == (0, True), result.log


def test_an_issue_pages_until_it_is_closed(sim: Simulator, act: Action) -> None:
    (step,) = steps(load(ROOT / "examples" / "pipelines" / "issue.yml"))
    for action in ("trigger", "trigger", "resolve"):
        given = {"event-action": action, "dedup-key": "octo/shop-issue-7", "summary": "Down"}
        result = act(**inputs_of({"with": {**step["with"], **given}}))
        assert result.code == 0, result.log
        (incident,) = sim.pagerduty.state.incidents.values()
        assert incident["status"] == ("resolved" if action == "resolve" else "triggered")


def follow(workflow: Any, sim: Simulator, act: Action) -> None:  # noqa: ANN401 - YAML
    """Run a pipeline's last step on good and bad days."""
    (step,) = steps(workflow)
    job = next(one for one in workflow["jobs"].values() if step in one["steps"])
    assert "always()" in {step.get("if"), job.get("if")}
    sim.events.delay_ms = 0
    act.urls = {**act.urls, "github-token": TOKEN}
    for day, status in enumerate(("success", "failure", "failure", "cancelled", "success"), 100):
        act.environment |= {"GITHUB_RUN_ID": str(day), "GITHUB_RUN_NUMBER": str(day)}
        result = act(**inputs_of(step, status))
        assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["status"] == "resolved"


def test_the_path_from_nothing_to_a_click_in_port(
    sim: Simulator, act: Action, tmp_path: Path
) -> None:
    """Do what the README says: its commands, its one run of setup, its click, and doctor."""
    sim.port.state.blueprints.clear()
    sim.port.state.entities.clear()
    act.urls = {**act.urls, "port-ingest-url": sim.ingest.url}
    (commands,) = blocks(README, "sh")
    folder = clone(tmp_path, commands)
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path / "clone")
    block = {path.stem: load(path) for path in folder.iterdir()}

    (actions,) = re.findall(r"run the workflow \*Setup\* with `(.*?)`", README)
    result = run(block["setup"], {"actions": actions}, act)
    assert set(sim.port.state.actions) == {
        f"pagerduty_{name}" for name in ("create", "acknowledge", "resolve")
    }
    assert "Next: commit" not in result.log
    assert "PSVC001" in sim.port.state.entities["pagerdutyService"]

    perform(block["create"], "PSVC001", sim, act, {"title": TITLE})
    (incident,) = sim.pagerduty.state.incidents
    for name in ("acknowledge", "resolve"):
        perform(block[name], incident, sim, act, {})
    assert sim.port.state.entities["pagerdutyIncident"][incident]["properties"]["status"] == (
        "resolved"
    )
    result = run(block["doctor"], {}, act)
    assert "✓ self-service actions: 3 of 31 are installed, and this repository has" in result.log
    sent = {value for one in sim.port.state.dispatches for value in one.inputs.values()}
    assert "null" not in sent, "our actions send nothing for an empty field"


def clone(folder: Path, commands: str) -> Path:
    """Run the README's commands in a clone; what they download is this repository's."""
    for path, script in {
        "bin/curl": f'for url; do :; done; cp "{ROOT}/${{url#*/v1/}}" "$2"',
        "bin/git": 'echo "$1" >> pushed',
    }.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(f"#!/bin/sh\nset -e\n{script}\n")
        (folder / path).chmod(0o755)
    (folder / "clone").mkdir()
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    subprocess.run(
        ["/bin/sh", "-e"],
        input=commands,
        cwd=folder / "clone",
        env=environment,
        check=True,
        text=True,
    )
    assert (folder / "clone/pushed").read_text().split() == ["add", "commit", "push"]
    return folder / "clone/.github/workflows"


@pytest.fixture
def _workspace(act: Action, tmp_path: Path) -> None:
    """Check out a repository with a configuration file, for those that need one."""
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)


@pytest.mark.usefixtures("_workspace")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_runs_as_it_is(sim: Simulator, act: Action, path: Path) -> None:
    entity, filled_in, blueprint = scene(path.stem, sim)
    block = load(path)
    # Forms that people wrote by hand: GitHub Ocean passes on null, lists and objects as JSON.
    install(sim, path.stem, sends_null=True)
    before = len(sim.exchanges)
    result = perform(block, entity, sim, act, filled_in)
    listed = egress.contacted(OPERATIONS[path.stem])
    always = {api for api, condition in listed.items() if condition == egress.ALWAYS}
    # PagerDuty itself sends to Port's webhooks.
    contacted = {exchange.api for exchange in sim.exchanges[before:]} - {"ingest"}
    assert always <= contacted <= listed.keys()
    assert "Port wasn't fully updated" not in result.log
    if blueprint:
        assert result.outputs["entity-identifier"] in sim.port.state.entities[blueprint]


def test_examples_only_use_inputs_that_exist() -> None:
    for path in (*EXAMPLES, *PIPELINES):
        block = load(path)
        (step,) = steps(block)
        assert step["with"].keys() <= ACTION["inputs"].keys(), path.name
