"""The configuration file is checked as a whole; what is wrong is reported with its line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from pd_incident_action.config.file import json_schema, parse, read_config
from pd_incident_action.config.model import Config, SeverityPolicy

FULL = """\
region: eu
from: ada@example.com
services:
  default: api
  api: PAPI123
escalation-policies:
  api: Platform
severities:
  SEV-1:
    urgency: high
    priority: P1
    severity: critical
    acknowledge-within: 5m
    resolve-within: 4h
custom-fields:
  impact: customer_impact
assignees:
  ada: ada@example.com
"""


def test_a_whole_file_is_read() -> None:
    config, problems = parse(FULL, "f.yml")
    assert problems == []
    assert config == Config(
        region="eu",
        from_="ada@example.com",
        services={"default": "api", "api": "PAPI123"},
        escalation_policies={"api": "Platform"},
        severities={
            "SEV-1": SeverityPolicy(
                urgency="high",
                priority="P1",
                severity="critical",
                acknowledge_within=timedelta(minutes=5),
                resolve_within=timedelta(hours=4),
            )
        },
        custom_fields={"impact": "customer_impact"},
        assignees={"ada": "ada@example.com"},
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "services: {}\n"])
def test_an_empty_file_is_an_empty_configuration(text: str) -> None:
    assert parse(text, "f.yml") == (Config(), [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("regon: eu", "(f.yml, line 1) has an unknown key 'regon'. Did you mean 'region'?"),
        ("\nzzz: 1", "(f.yml, line 2) has an unknown key 'zzz'; known are region, from, services"),
        (
            "severities:\n  SEV-1:\n    urgncy: high",
            "(f.yml, line 3) has an unknown key 'severities.SEV-1.urgncy'. Did you mean 'urgency'?",
        ),
        ("services: [a]", "(f.yml, line 1): 'services' must be a mapping"),
        ("- a", "(f.yml, line 1): 'the whole' must be a mapping"),
        ("services:\n  a: 5", "(f.yml, line 2): 'services.a' must be text; put it in quotes"),
        ("services: {a: ''}", "(f.yml, line 1): 'services' must not hold empty names or ids"),
        ("region: mars", "(f.yml, line 1): 'region' must be one of us or eu"),
        ("from: ada", "(f.yml, line 1): 'from' must be a single e-mail address"),
        (
            "severities: {S: {acknowledge-within: soon}}",
            "(f.yml, line 1): 'severities.S.acknowledge-within' must be a duration",
        ),
        ("region: eu\na: [", "(f.yml, line 2) isn't YAML: expected the node content"),
        ("a: &x [*x]", "(f.yml, line 1) has an unknown key 'a'"),
        ("[" * 3000, "isn't usable YAML"),
        ("mapping:\n  a: 12", "(f.yml, line 2): 'mapping.a' must be text; put it in quotes"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(text: str, expected: str) -> None:
    config, (problem,) = parse(text, "f.yml")
    assert config is None
    assert problem.input == "config"
    assert expected in str(problem)


def test_everything_that_is_wrong_is_reported_at_once() -> None:
    _, problems = parse("region: mars\nfrom: ada\n", "f.yml")
    assert len(problems) == 2


def test_the_expressions_of_a_mapping_are_checked() -> None:
    pytest.importorskip("jq")
    config, problems = parse("mapping:\n  status: .status\n  team: '.teams[0].summary'\n", "f.yml")
    assert problems == []
    assert config is not None
    assert config.mapping == {"status": ".status", "team": ".teams[0].summary"}
    config, (first, second) = parse("mapping:\n  a: '.a | ('\n  b: .b\n  c: unknown\n", "f.yml")
    assert config is None
    assert "(f.yml, line 2): 'mapping.a' must be a jq expression: " in str(first)
    assert "(f.yml, line 4): 'mapping.c' must be a jq expression: unknown" in str(second)


def test_no_yaml_tag_makes_anything_else_than_data(tmp_path: Path) -> None:
    target = tmp_path / "made"
    config, problems = parse(f"!!python/object/apply:os.mkdir ['{target}']", "f.yml")
    assert config is None
    assert len(problems) == 1
    assert not target.exists()


def test_the_file_is_looked_for_in_its_usual_place(tmp_path: Path) -> None:
    assert read_config(None, tmp_path) == (None, [])
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text("region: eu\n", encoding="utf-8")
    assert read_config(None, tmp_path) == (Config(region="eu"), [])


def test_another_path_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("region: us\n", encoding="utf-8")
    assert read_config("other.yml", tmp_path) == (Config(region="us"), [])


@pytest.mark.parametrize("given", ["region: eu", "{region: eu}", "region: eu\nservices: {}\n"])
def test_the_yaml_itself_may_be_given(tmp_path: Path, given: str) -> None:
    assert read_config(given, tmp_path) == (Config(region="eu"), [])


@pytest.mark.parametrize("given", ["missing.yml", "."])
def test_a_file_that_was_named_has_to_be_there(tmp_path: Path, given: str) -> None:
    config, (problem,) = read_config(given, tmp_path)
    assert config is None
    assert "check out the repository before this step" in str(problem)


def test_the_schema_for_editors_agrees_with_the_check() -> None:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    assert validator.is_valid(yaml.safe_load(FULL))
    for wrong in ({"regon": "eu"}, {"region": "mars"}, {"services": {"a": 5}}):
        assert not validator.is_valid(wrong), json.dumps(wrong)
