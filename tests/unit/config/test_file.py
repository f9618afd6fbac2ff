"""The configuration file is checked as a whole; what is wrong is reported with its line."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

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


def test_what_means_nothing_is_absent() -> None:
    for text in ["", "# nothing yet\n", "services: {}\n"]:
        assert parse(text, "f.yml") == (Config(), [])
    for nothing in ["", "null", "'null'", "None", "undefined", "''", "' '"]:
        text = (
            f"region: {nothing}\nfrom: {nothing}\nservices:\n  default: {nothing}\n  a: P1\n"
            f"assignees: {nothing}\nseverities:\n  S:\n    urgency: {nothing}\n    priority: P1\n"
            f"    acknowledge-within: {nothing}\nmapping:\n  status: {nothing}\n"
        )
        policy = SeverityPolicy(priority="P1")
        assert parse(text, "f.yml") == (Config(services={"a": "P1"}, severities={"S": policy}), [])


def test_what_is_wrong_is_reported_with_its_line() -> None:
    for text, expected in [
        ("regon:", "(f.yml, line 1) has an unknown key 'regon'. Did you mean 'region'?"),
        ("\nzzz: 1", "(f.yml, line 2) has an unknown key 'zzz'; known are region, from, services"),
        (
            "severities:\n  SEV-1:\n    urgncy: high",
            "(f.yml, line 3) has an unknown key 'severities.SEV-1.urgncy'. Did you mean 'urgency'?",
        ),
        ("services: [a]", "(f.yml, line 1): 'services' must be a mapping"),
        ("\n- a", "(f.yml, line 2): 'the whole' must be a mapping"),
        ("services:\n  a: 5", "(f.yml, line 2): 'services.a' must be text; put it in quotes"),
        ("services: {'': P1}", "(f.yml, line 1): 'services' must not hold empty names or ids"),
        (
            "statuses: {Acknowledged: triggered}",
            "(f.yml, line 1): 'statuses' must not give PagerDuty's 'Acknowledged' another meaning",
        ),
        ("region: mars", "(f.yml, line 1): 'region' must be one of us or eu"),
        ("from: ada", "(f.yml, line 1): 'from' must be a single e-mail address"),
        (
            "severities: {S: {acknowledge-within: 5}}",
            "(f.yml, line 1): 'severities.S.acknowledge-within' has no unit: is it 5m, 5h or 5s?",
        ),
        ("region: eu\na: [", "isn't usable YAML: did not find expected node content"),
        ("region: 2001-99-99", "(f.yml) isn't usable YAML: month must be in 1..12"),
        ("a: !!bool eu", "(f.yml, line 1) isn't usable YAML: the tag tag:yaml.org,2002:bool isn't"),
        ("a: &x [*x]", "(f.yml, line 1) isn't usable YAML: '&x' refers to itself"),
        (
            "services:\n  a: P1\n  b: P2\n  A: P3",
            "(f.yml, line 4) isn't usable YAML: the key 'A' is already in line 2; delete one",
        ),
        ("services: {Zu\u0308rich: P1, 'Z\u00fcrich ': P2}", "is already in line 1"),
        (
            "severities: {S: {responders: [{a: 1}]}}",
            "(f.yml, line 1): 'severities.S.responders.0' must be text; put it in quotes",
        ),
        (
            f"severities: {{S: {{workflows: [{'x, ' * 99}]}}}}",
            "(f.yml, line 1): 'severities.S.workflows' is wrong: value should have at most 50",
        ),
        ("mapping: {a: .b, a: .c}", "the key 'a' is already in line 1"),
        ("a: *x", "(f.yml, line 1) isn't usable YAML: found undefined alias"),
        ("mapping:\n  a: 12", "(f.yml, line 2): 'mapping.a' must be text; put it in quotes"),
    ]:
        config, (problem,) = parse(text, "f.yml")
        assert config is None
        assert problem.input == "config"
        assert expected in str(problem)


def bomb(line: str, first: str) -> str:
    """Build YAML in which each line refers to the one before nine times."""
    lines = [line.format(i, ", ".join([f"*a{i - 1}"] * 9)) for i in range(1, 9)]
    return "\n".join([first, *lines])


TOO_MUCH = {
    "large": ("services:\n" + "  a: PSVC001 # services\n" * 50_000, "is larger than 128 KiB", 1),
    "comments": ("# nothing\n" * 20_000, "is larger than 128 KiB", 1),
    "entries": ("services:\n" + "".join(f"  {i:x}: P\n" for i in range(12_000)), "10,000", 5000),
    "flow": (f"a: [{'1,' * 20_000}]", "more than 10,000", 1),
    "deep": ("[" * 50_000, "more than 20 levels deep", 1),
    "indented": ("".join(f"{' ' * i}a:\n" for i in range(400)), "20 levels deep", 21),
    "aliases": (bomb("a{0}: &a{0} [{1}]", "a0: &a0 [x, x, x]"), "more than 10,000", 5),
    "merges": (bomb("a{0}: &a{0} {{<<: [{1}]}}", "a0: &a0 {x: 1, y: 2}"), "10,000", 5),
    "one text": (f"services: {{a: {'x' * 20_000}}}", "more than 10,000 characters", 1),
    "sexagesimal": (f"region: 1{':1' * 50_000}", "more than 10,000 characters", 1),
    "expressions": ("mapping:\n" + "".join(f"  p{i}: .a\n" for i in range(101)), "100 items", 1),
    "long expression": (f"mapping: {{a: '{'(' * 3000}.{')' * 3000}'}}", "2,000 characters", 1),
}


def test_too_much_is_refused_at_once(tmp_path: Path) -> None:
    for case, (text, expected, line) in TOO_MUCH.items():
        (tmp_path / "f.yml").write_text(text)
        began = time.process_time()
        config, (problem,) = read_config("f.yml", tmp_path)
        assert time.process_time() - began < 1
        assert config is None
        assert expected in str(problem)
        assert f"(f.yml, line {line})" in str(problem) or case in {"large", "comments"}
        assert len(str(problem)) < 500


YAML = (
    *("a", "region", ":", ": ", "- ", "[", "{", "]", "}", ", ", "&a ", "*a", "<<", "=", "\n", "  "),
    *("!!int ", "!x ", "? ", "| ", "> ", "'", '"', "#", "%", "@", "1", ":59", ".5", "_", "0x", "~"),
    *("2001-01-01", " 00:00:00 +99:99", "\x00", "\ud800", "\t", "---\n", "...\n", "1e999", "0b"),
)


@given(st.lists(st.sampled_from(YAML), max_size=30).map("".join))
def test_any_text_is_a_configuration_or_a_problem(text: str) -> None:
    config, problems = parse(text, "f.yml")
    assert (config is None) is bool(problems)


def test_anchors_and_merges_are_fine() -> None:
    text = "severities:\n  A: &a {urgency: high}\n  B: {<<: *a, priority: P1}\n  C: *a\n"
    config, problems = parse(text, "f.yml")
    assert (problems, config and [*config.severities]) == ([], ["A", "B", "C"])


def test_of_very_many_problems_the_first_ones_are_reported() -> None:
    began = time.process_time()
    assert len(parse("region: mars\nfrom: ada\n", "f.yml")[1]) == 2
    _, problems = parse("".join(f"k{i}: 1\n" for i in range(4000)), "f.yml")
    assert time.process_time() - began < 1
    assert len(problems) == 21
    assert "(f.yml) has 3,980 more problems" in str(problems[-1])


def test_a_whole_organisations_services_fit() -> None:
    config, problems = parse(
        "services:\n" + "".join(f"  service-{i}: PSVC{i:04}\n" for i in range(4500)), "f.yml"
    )
    assert (problems, config and len(config.services)) == ([], 4500)


def test_the_expressions_of_a_mapping_are_checked() -> None:
    pytest.importorskip("jq")
    text = "mapping:\n  status: .status\n  Status: .status\n  team: '.teams[0].summary'\n"
    config, problems = parse(text, "f.yml")
    assert problems == []
    assert config is not None
    assert config.mapping == {"status": ".status", "Status": ".status", "team": ".teams[0].summary"}
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


def test_the_file_is_looked_for_in_its_usual_places(tmp_path: Path) -> None:
    assert read_config(None, tmp_path) == (None, [])
    (tmp_path / ".github").mkdir()
    path = tmp_path / ".github/pd-incident.yaml"
    path.write_text("region: mars\n", encoding="utf-8")
    _, (problem,) = read_config(None, tmp_path)
    assert "(.github/pd-incident.yaml, line 1): 'region'" in str(problem)
    path.with_suffix(".yml").write_text("region: eu\n", encoding="utf-8")
    _, (problem,) = read_config(None, tmp_path)
    assert "either of .github/pd-incident.yml and .github/pd-incident.yaml" in str(problem)
    path.unlink()
    assert read_config(None, tmp_path) == (Config(region="eu"), [])


def test_the_yaml_itself_may_be_given(tmp_path: Path) -> None:
    for text in ("region: eu", "{region: eu}", "region: eu\nservices: {}\n"):
        assert read_config(text, tmp_path) == (Config(region="eu"), [])


def test_the_schema_for_editors_agrees_with_the_check() -> None:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    assert validator.is_valid(yaml.safe_load(FULL))
    for wrong in ({"regon": "eu"}, {"region": "mars"}, {"services": {"a": 5}}):
        assert not validator.is_valid(wrong), json.dumps(wrong)
