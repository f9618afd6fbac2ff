"""The file's ``mapping`` is checked as it is read: what jq refuses never gets further."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pd_incident_action.config.file import parse

pytest.importorskip("jq")


def test_expressions_are_taken_as_they_are() -> None:
    config, problems = parse("mapping:\n  status: .status\n  team: '.teams[0].summary'\n", "f")
    assert problems == []
    assert config is not None
    assert config.mapping == {"status": ".status", "team": ".teams[0].summary"}


def test_without_a_mapping_there_is_none() -> None:
    config, _ = parse("region: eu\n", "f")
    assert config is not None
    assert config.mapping == {}


def test_every_wrong_expression_is_told_with_its_line() -> None:
    config, problems = parse("mapping:\n  a: '.a | ('\n  b: .b\n  c: nothing_like_it\n", "f.yml")
    assert config is None
    first, second = (str(problem) for problem in problems)
    assert first.startswith("Input 'config' (f.yml, line 2): 'mapping.a' must be a jq expression: ")
    assert "(f.yml, line 4): 'mapping.c' must be a jq expression: nothing_like_it" in second


def test_what_is_not_text_is_refused() -> None:
    _, problems = parse("mapping:\n  a: 12\n", "f.yml")
    assert "'mapping.a' must be text; put it in quotes" in str(problems[0])


def test_a_file_without_a_mapping_does_not_load_jq() -> None:
    code = (
        "import sys; from pd_incident_action.config.file import parse; "
        "parse('region: eu', 'f'); print('jq' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code],
        env={"PYTHONPATH": "src"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "False"
