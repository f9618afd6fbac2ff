"""What is derived from the operations' models is up to date, complete, and keeps to the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from fault_cases import FATAL, HEALING
from generate.action_yml import action_yml, describe, inputs
from generate.files import generated_files, stale_files
from generate.inputs_page import inputs_page
from generate.model import (
    Offered,
    all_operations,
    inputs_of,
    label,
    own_inputs,
    shared_inputs,
)
from generate.operations_page import operations_page
from generate.port_action import port_action
from generate.workflow import dispatch_name, dispatched, is_required, workflow
from generate.yaml_text import yaml_text
from pd_incident_action import operations
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import described, normalize_name
from pd_incident_action.reporting.outputs import DESCRIPTIONS
from port_troubles import TROUBLES

ROOT = Path(__file__).resolve().parents[3]
OPERATIONS = {operation.slug(): operation for operation in all_operations()}
NAMES = sorted(OPERATIONS)
FROM_THE_CLICK = {"entity", "incident", "service", "service-entity"}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def action() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(read("action.yml"))
    return document


def workflow_of(name: str) -> dict[str, Any]:
    # BaseLoader keeps `on` a word and everything else as it is written.
    document: dict[str, Any] = yaml.load(read(f"examples/workflows/{name}.yml"), yaml.BaseLoader)  # noqa: S506 - it makes texts only
    return document


def test_no_derived_file_is_stale() -> None:
    assert stale_files(ROOT) == []


def test_a_file_that_is_missing_or_was_edited_is_stale(tmp_path: Path) -> None:
    for path, text in generated_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert stale_files(tmp_path) == []
    (tmp_path / "action.yml").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "docs/inputs.md").unlink()
    assert stale_files(tmp_path) == ["action.yml", "docs/inputs.md"]


@pytest.mark.parametrize("name", NAMES)
def test_knowing_an_operations_name_is_knowing_its_files(name: str) -> None:
    operation = OPERATIONS[name]
    module, folder = operation.name.replace("-", "_"), "operations"
    if operation.provider != "pagerduty":
        folder = f"{operation.provider.replace('-', '_')}/operations"
    for path in (
        f"src/pd_incident_action/{folder}/{module}.py",
        f"examples/workflows/{name}.yml",
        f"port/actions/{name}.json",
    ):
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("folder", ["examples/workflows", "port/actions"])
def test_there_is_no_file_of_an_operation_that_is_gone(folder: str) -> None:
    assert sorted(file.stem for file in (ROOT / folder).iterdir()) == NAMES


def test_no_input_has_a_default_that_would_override_the_event() -> None:
    for name, entry in action()["inputs"].items():
        assert "default" not in entry, name
        assert entry["required"] is False, name
        assert entry["description"], name


def test_every_field_of_every_model_is_an_input_of_the_action() -> None:
    models: list[type[BaseModel]] = [Settings]
    models += [operation.Inputs for operation in all_operations()]
    offered = {name for model in models for name, _, _ in described(model)}
    assert offered | {"port-context", "port-payload"} <= set(action()["inputs"])


@pytest.mark.parametrize(
    "name",
    [
        "portClientId",
        "portClientSecret",
        "token",
        "portRunId",
        "incidentTitle",
        "extraDetails",
        "actorEmail",
        "service",
        "urgency",
        "blueprintIdentifier",
    ],
)
def test_every_input_of_the_older_action_still_works(name: str) -> None:
    entry = action()["inputs"][name]
    assert ("deprecationMessage" in entry) is (name not in {"service", "urgency"})


def test_each_deprecated_name_points_to_one_that_is_not() -> None:
    section = inputs()
    for name, entry in section.items():
        if "deprecationMessage" in entry:
            target = entry["deprecationMessage"].split()[1]
            assert entry["deprecationMessage"] == f"Use {target} instead of {name}."
            assert "deprecationMessage" not in section[target]


def test_two_names_that_are_the_same_to_the_action_are_an_input_and_its_older_name() -> None:
    names: dict[str, str] = {}
    for name, entry in action()["inputs"].items():
        first = names.setdefault(normalize_name(name), name)
        older = f"Use {first} instead of {name}."
        assert first == name or entry["deprecationMessage"] == older


def test_the_actions_outputs_are_those_that_are_set() -> None:
    own = {name for operation in OPERATIONS.values() for name in operation.outputs}
    assert set(action()["outputs"]) == {*DESCRIPTIONS, *own}
    assert action()["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_every_input_and_output_is_on_the_page() -> None:
    shared, own = read("docs/inputs.md"), read("docs/operations.md")
    for name in [*action()["inputs"], *action()["outputs"]]:
        assert f"| `{name}`" in shared + own, name
    for operation in OPERATIONS.values():
        section = own.split(f"\n## {label(operation)}\n", 1)[1].split("\n## ", 1)[0]
        for offered in inputs_of(operation.Inputs):
            assert f"| `{offered.name}`" in section, (operation.slug(), offered.name)


def test_the_readme_and_the_page_list_every_operation() -> None:
    for operation in OPERATIONS.values():
        row = rf"^\| \[`{re.escape(label(operation))}`\]\(.*#([\w-]+)\) \|"
        for path in ("README.md", "docs/operations.md"):
            assert re.search(row, read(path), re.MULTILINE), (path, operation.slug())


def test_the_page_marks_what_is_taken_from_with_only() -> None:
    marked = set(re.findall(r"^\| `([\w-]+)`¹", inputs_page(), re.MULTILINE))
    trusted = {name for name, _, offered in described(Settings) if offered.trusted}
    assert marked == trusted
    assert "pagerduty-token" in marked


def test_each_table_on_the_page_has_even_rows() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", inputs_page() + operations_page(), re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table


@pytest.mark.parametrize("name", NAMES)
def test_an_example_workflow_can_be_dispatched(name: str) -> None:
    given = workflow_of(name)["on"]["workflow_dispatch"]["inputs"]
    assert len(given) <= 25
    for key, entry in given.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", key), key
        assert entry["description"], key
        assert entry["type"] in {"string", "choice"}, key
        if entry["type"] == "choice":
            assert entry.get("default", "") in entry["options"], key
            assert entry.get("default", "") == entry["options"][0] or entry.get("default"), key
    assert "port_context" in given


@pytest.mark.parametrize("name", NAMES)
def test_an_example_workflow_passes_secrets_and_nothing_that_was_filled_in(name: str) -> None:
    document = workflow_of(name)
    operation = OPERATIONS[name]
    needs = operation.needs_config
    assert document["permissions"] == ({"contents": "read"} if needs else {})
    ((job, body),) = document["jobs"].items()
    *before, step = body["steps"]
    assert [one["uses"].split("@")[0] for one in before] == ["actions/checkout"] * needs
    assert (job, step["with"].pop("operation")) == (name, operation.name)
    assert step["with"].pop("provider", "pagerduty") == operation.provider
    assert set(operation.required_credentials) <= set(step["with"])
    for key, value in step["with"].items():
        assert re.fullmatch(r"\$\{\{ secrets\.[A-Z_]+ \}\}", value), key
    assert "inputs." not in read(f"examples/workflows/{name}.yml")
    assert int(body["timeout-minutes"]) <= 5


@pytest.mark.parametrize("name", NAMES)
def test_a_port_action_dispatches_its_example_workflow(name: str) -> None:
    document = json.loads(read(f"port/actions/{name}.json"))
    method = document["invocationMethod"]
    given = workflow_of(name)["on"]["workflow_dispatch"]["inputs"]
    assert method["workflow"] == f"{name}.yml"
    assert set(method["workflowInputs"]) <= set(given)
    form = document["trigger"]["userInputs"]
    assert set(form["required"]) <= set(form["properties"])
    assert form["order"] == list(form["properties"])
    assert set(form["properties"]) == set(method["workflowInputs"]) - {"port_context"}
    required = {key for key, entry in given.items() if entry.get("required") == "true"}
    assert set(form["required"]) == required


@pytest.mark.parametrize("name", NAMES)
def test_a_port_action_tells_which_run_and_entity_it_is(name: str) -> None:
    context = json.loads(port_action(OPERATIONS[name]))["invocationMethod"]["workflowInputs"][
        "port_context"
    ]
    assert context["run_id"] == "{{ .run.id }}"
    assert context["entity"] == "{{ .entity.identifier }}"


@pytest.mark.parametrize("name", NAMES)
def test_what_the_entity_stands_in_for_is_not_asked_in_port(name: str) -> None:
    operation = OPERATIONS[name]
    form = json.loads(port_action(operation))["trigger"]["userInputs"]
    for offered in dispatched(operation):
        stands_in = offered.input.origin in FROM_THE_CLICK
        assert (dispatch_name(offered) in form["properties"]) is not stands_in
        assert not (stands_in and is_required(offered))


@pytest.mark.parametrize(
    ("offered", "text"),
    [
        (Offered("a", InputSpec("Help.")), "Help."),
        (Offered("a", InputSpec("Help."), required=True), "Help. Required."),
        (Offered("a", InputSpec("Help."), default="x"), "Help. Default: x."),
        (
            Offered("a", InputSpec("Help.", default_help="now"), required=True),
            "Help. Default: now.",
        ),
    ],
)
def test_a_description_says_what_holds_when_nothing_is_given(offered: Offered, text: str) -> None:
    assert describe(offered) == text


def test_an_input_that_operations_share_is_described_for_each() -> None:
    groups = {name: group for name, group in own_inputs().items() if len(group) > 1}
    assert "urgency" in groups
    for name, group in groups.items():
        for operation in (used for offered in group for used in offered.used_by):
            assert operation in inputs()[name]["description"], name


def test_the_operations_are_listed_in_their_inputs_description() -> None:
    assert shared_inputs()[0].name == "operation"
    assert all(f"`{name}`" in shared_inputs()[0].input.help for name in operations.names())


def test_derived_yaml_is_what_it_was_made_of() -> None:
    document = {"b": ["x: y", "ü", "yes"], "a": {"long": "word " * 40}}
    assert yaml.safe_load(yaml_text(document)) == document
    assert yaml_text({"a": ["x"]}) == "a:\n  - x\n"
    assert yaml.safe_load(action_yml()) == action()


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_starts_with_a_plain_on(name: str) -> None:
    assert re.search(r"^on:$", workflow(OPERATIONS[name]), re.MULTILINE)


def test_the_page_on_reliability_shows_every_fault_that_is_tried() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    tried = [f"| {c.name} | `{name}` |" for c in HEALING + FATAL for name in c.operations]
    tried += [f"| {trouble.name} |" for trouble in TROUBLES]
    assert [row for row in tried if row not in page] == []
