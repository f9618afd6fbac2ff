"""The page on the configuration file is complete, and its example is one."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import yaml

from pd_incident_action.config.file import parse
from pd_incident_action.config.model import Config, SeverityPolicy, keys_of
from repository import blocks, read

PAGE = read("docs/configuration.md")
EXAMPLE = blocks(PAGE, "yaml")[0]
SCHEMA = "pd-incident.schema.json"


def described(section: str) -> list[str]:
    """List the keys in the table of a section."""
    text = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)


def test_the_example_is_a_valid_file() -> None:
    config, problems = parse(EXAMPLE, "example")
    assert problems == []
    assert config is not None
    assert config.escalation_policy_for("payments") == "Payments on-call"
    assert config.escalation_policy_for("PCHKOUT") == "Platform"


def test_the_example_agrees_with_the_schema_that_it_names() -> None:
    assert re.match(rf"# yaml-language-server: \$schema=https://\S+/v1/{SCHEMA}\n", EXAMPLE)
    jsonschema.validate(yaml.safe_load(EXAMPLE), json.loads(read(SCHEMA)))


def test_the_example_leaves_nothing_out() -> None:
    example: dict[str, Any] = yaml.safe_load(EXAMPLE)
    assert set(example) == set(keys_of(Config))
    assert set(example["severities"]["SEV-1"]) == set(keys_of(SeverityPolicy))


def test_every_key_is_explained() -> None:
    assert sorted(described("Keys")) == sorted(keys_of(Config))
    assert sorted(described("Severities")) == sorted(keys_of(SeverityPolicy))
