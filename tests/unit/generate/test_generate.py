"""What is derived from the operations' models is up to date, complete, and keeps to the rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from fault_cases import FATAL, HEALING
from generate import __main__ as command
from generate import files
from generate.action_yml import action_inputs
from generate.files import generated_files, stale_files
from generate.model import (
    all_operations,
    inputs_of,
    label,
    own_inputs,
    shared_inputs,
)
from pd_incident_action import providers
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.values import normalize_name
from pd_incident_action.operations.base import Operation
from pd_incident_action.reporting.outputs import DESCRIPTIONS
from port_faults import PORT_FAULTS
from repository import ROOT, parse_yaml, read

OPERATIONS = {one.slug(): one for one in all_operations() if one.from_port}


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(read("action.yml"))
    return document


def workflows() -> list[tuple[str, type[Operation], dict[str, Any]]]:
    """Return each example workflow's slug, operation and content, everything in it a text."""
    return [
        (slug, operation, parse_yaml(read(f"examples/workflows/{slug}.yml")))
        for slug, operation in OPERATIONS.items()
    ]


def test_no_derived_file_is_stale() -> None:
    assert stale_files() == []


def test_the_command_writes_files_and_lists_stale_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = generated_files()
    for module in (command, files):
        monkeypatch.setattr(module, "generated_files", lambda: made)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "stale_files", lambda: stale_files(tmp_path))
    monkeypatch.setattr("sys.argv", ["generate"])
    assert command.main() == 0
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == set(made)

    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert command.main() == 0
    (tmp_path / "action.yml").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "docs/inputs.md").unlink()
    assert command.main() == 1
    stale = [f"{path} is stale: run `make generate`" for path in ("action.yml", "docs/inputs.md")]
    assert capsys.readouterr().out.splitlines() == stale


def test_an_operations_name_leads_to_its_files() -> None:
    for slug, operation in OPERATIONS.items():
        folder = "operations"
        if operation.provider != "pagerduty":
            folder = f"{operation.provider.replace('-', '_')}/operations"
        module = operation.name.replace("-", "_")
        assert (ROOT / f"src/pd_incident_action/{folder}/{module}.py").is_file(), slug
    for folder in ("examples/workflows", "port/actions"):
        assert sorted(file.stem for file in (ROOT / folder).iterdir()) == sorted(OPERATIONS)


def test_each_input_is_optional_and_described(action: dict[str, Any]) -> None:
    for name, entry in action["inputs"].items():
        assert entry["required"] is False, name
        assert entry["description"], name


def test_every_field_of_every_model_is_an_input_of_the_action(action: dict[str, Any]) -> None:
    models: list[type[BaseModel]] = [Settings, *(one.settings for one in providers.find_all())]
    models += [operation.Inputs for operation in all_operations()]
    names = {one.name for model in models for one in inputs_of(model)}
    assert names | {"port-context", "port-payload"} <= set(action["inputs"])


def test_every_input_of_the_older_action_still_works(action: dict[str, Any]) -> None:
    same = {"service", "urgency"}
    deprecated = {
        "portClientId",
        "portClientSecret",
        "token",
        "portRunId",
        "incidentTitle",
        "extraDetails",
        "actorEmail",
        "blueprintIdentifier",
    }
    assert same <= set(action["inputs"])
    for name, entry in action["inputs"].items():
        assert ("deprecationMessage" in entry) is (name in deprecated), name
        if name in deprecated:
            target = entry["deprecationMessage"].split()[1]
            assert entry["deprecationMessage"] == f"Use {target} instead of {name}."
            assert "deprecationMessage" not in action["inputs"][target]


def test_names_that_differ_in_spelling_only_are_an_input_and_its_older_name(
    action: dict[str, Any],
) -> None:
    names: dict[str, str] = {}
    for name, entry in action["inputs"].items():
        first = names.setdefault(normalize_name(name), name)
        older = f"Use {first} instead of {name}."
        assert first == name or entry["deprecationMessage"] == older


def test_the_actions_outputs_are_those_that_are_set(action: dict[str, Any]) -> None:
    own = {name for operation in OPERATIONS.values() for name in operation.outputs}
    assert set(action["outputs"]) == {*DESCRIPTIONS, *own}
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_the_pages_have_every_input_output_and_operation(action: dict[str, Any]) -> None:
    shared, own, front = (read(f) for f in ("docs/inputs.md", "docs/operations.md", "README.md"))
    for name in [*action["inputs"], *action["outputs"]]:
        assert f"| `{name}`" in shared + own, name
    for slug, operation in OPERATIONS.items():
        link = rf"\[`{re.escape(label(operation))}`\]\([\w/.]*#[\w-]+\)"
        assert re.search(rf"^\| {link} \|", own, re.MULTILINE), slug
        assert re.search(rf"^\| {operation.group} \|.* {link}", front, re.MULTILINE), slug
        section = own.split(f"\n## {label(operation)}\n", 1)[1].split("\n## ", 1)[0]
        for one in inputs_of(operation.Inputs):
            assert f"| `{one.name}`" in section, (slug, one.name)
    for table in re.findall(r"(?:^\|.*\n)+", shared + own, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table
    marked = set(re.findall(r"^\| `([\w-]+)`¹", shared, re.MULTILINE))
    assert marked == {one.name for one in shared_inputs() if one.spec.with_only}


def test_an_example_workflow_can_be_dispatched() -> None:
    for slug, _, document in workflows():
        inputs = document["on"]["workflow_dispatch"]["inputs"]
        assert "port_context" in inputs
        assert len(inputs) <= 25, slug
        for name, entry in inputs.items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name), (slug, name)
            assert entry["description"], (slug, name)
            assert entry["type"] in {"string", "choice", "boolean"}, (slug, name)
            if entry["type"] == "choice":
                default = entry.get("default", "")
                assert default in entry["options"], (slug, name)
                assert default or not entry["options"][0], (slug, name)


def test_names_fit_into_the_sidebar_of_github_and_into_port() -> None:
    shown = [path.read_text("utf-8") for path in (ROOT / "examples").glob("*/*.yml")]
    names = [yaml.safe_load(text)["name"] for text in shown]
    names += [
        yaml.safe_load(path.read_text("utf-8"))["title"] for path in ROOT.glob("port/actions/*")
    ]
    assert [name for name in names if len(name) > 30] == []


def test_an_example_workflow_passes_secrets_and_nothing_that_was_filled_in() -> None:
    for slug, operation, document in workflows():
        needs_file = operation.needs_checkout
        assert document["permissions"] == ({"contents": "read"} if needs_file else {})
        ((job, body),) = document["jobs"].items()
        *before, step = body["steps"]
        assert [one["uses"].split("@")[0] for one in before] == ["actions/checkout"] * needs_file
        assert (job, step["with"].pop("operation")) == (slug, operation.name)
        assert step["with"].pop("provider", "pagerduty") == operation.provider
        assert set(operation.required_credentials) <= set(step["with"]), slug
        assert step["with"].pop("first-copy", "") == ("true" if slug == "setup" else "")
        for name, value in step["with"].items():
            assert re.fullmatch(r"\$\{\{ secrets\.[A-Z_]+ \}\}", value), (slug, name)
        text = read(f"examples/workflows/{slug}.yml")
        assert "inputs." not in text, slug
        assert re.search(r"^on:$", text, re.MULTILINE), slug
        assert int(body["timeout-minutes"]) <= 5, slug


def test_defaults_are_written_as_users_would() -> None:
    assert {one.default for one in own_inputs()["delete-missing"]} == {"false"}
    assert {one.default for one in own_inputs()["shards"]} == {"4"}


def test_an_input_that_operations_share_is_described_for_each() -> None:
    assert len(own_inputs()["urgency"]) > 1
    for name, entry in action_inputs().items():
        text, variants = entry["description"], own_inputs().get(name, [])
        assert len(text) <= 300, name
        users = [user for one in variants for user in one.used_by]
        assert "others: see docs/operations.md" in text or all(user in text for user in users), name


def test_inputs_are_grouped_by_who_needs_them() -> None:
    for file in ("action.yml", "composite/action.yml"):
        section = read(file).partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
        headings = re.findall(r"^  # (.*)\n  ([\w-]+):$", section, re.MULTILINE)
        assert headings[1] == ("By account", "pagerduty-region")
        assert headings[3] == ("Paging", "title")
        assert [title for title, _ in headings][-1] == "Advanced"
        assert len(headings) == 10


def test_the_page_on_reliability_shows_every_fault_that_is_tried() -> None:
    page = read("docs/reliability.md")
    tried = [f"\n| {case.name} |" for case in (*HEALING, *FATAL, *PORT_FAULTS)]
    assert [row for row in tried if row not in page] == []
