"""What the page on migrating shows is valid, and leads to workflows that work."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generate.model import all_operations, inputs_of, shared_inputs
from repository import blocks, parse_yaml, read

PAGE = read("docs/migrating.md")
INPUTS = parse_yaml(read("action.yml"))["inputs"].keys()
OPERATIONS = {f"{one.provider} {one.name}": one for one in all_operations()}


def sections() -> Iterator[tuple[str, str]]:
    """List the diffs with the heading that each stands below."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        yield from ((heading, diff) for diff in blocks(text, "diff"))


DIFFS = [diff for _, diff in sections()]
# What each of the guides has Port fill in, beside the context of the click.
GUIDES: dict[str, list[str]] = {
    "create": ["title", "extra_details", "urgency", "from"],
    "trigger": ["summary", "source", "severity", "event_action", "routing_key"],
    "escalate": ["escalation_policy_id", "urgency", "from"],
    "acknowledge": ["from"],
    "resolve": ["from"],
    "reassign": ["new_owner", "from"],
    "on-call": [],
    "override": ["start_time", "end_time", "new_on_call_user"],
    "create-service": ["name", "description", "escalation_policy"],
    "incident-io create": ["name", "severity", "description", "visibility"],
}
ASKED = sorted({"port_context", *(name for asked in GUIDES.values() for name in asked)})
ON = f"on: {{workflow_dispatch: {{inputs: {{{', '.join(f'{name}: ' for name in ASKED)}}}}}}}\n"


def side(diff: str, sign: str) -> str:
    """Give one side of a diff."""
    lines = [line for line in diff.splitlines() if line[:1] in {" ", sign}]
    return "\n".join(line[1:] for line in lines) + "\n"


def as_workflow(text: str) -> str:
    """Make a whole workflow of one that may lack what starts it."""
    return text if text.startswith("on:") else ON + text


def steps(text: str) -> list[dict[str, Any]]:
    """List the steps of all jobs."""
    jobs = parse_yaml(as_workflow(text))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def operation_of(step: dict[str, Any]) -> tuple[str, str]:
    """Tell which operation a step asks for."""
    given = step["with"]
    return given.get("provider", "pagerduty"), given.get("operation", "create")


OURS = [operation_of(step) for _, diff in sections() for step in steps(side(diff, "+"))]


def test_both_sides_are_workflows(tmp_path: Path) -> None:
    workflows = []
    for number, diff in enumerate(DIFFS):
        assert steps(side(diff, "-"))
        workflows.append(tmp_path / f"workflow-{number}.yml")
        workflows[-1].write_text(as_workflow(side(diff, "+")), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("actionlint")), "-no-color", *map(str, workflows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a linter
    assert done.stdout + done.stderr == ""


def test_nothing_but_this_action_is_left() -> None:
    for diff in DIFFS:
        (step,) = steps(side(diff, "+"))
        assert step["uses"] == "org/pd-incident-action@v1"
        assert set(step["with"]) - INPUTS == set()


def test_every_guide_has_its_place() -> None:
    named = {f"{provider} {name}".removeprefix("pagerduty ") for provider, name in OURS}
    assert named == set(GUIDES)


def test_the_table_of_older_names_is_right() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (`[\w-]+`(?:, `[\w-]+`)*)", PAGE, re.MULTILINE)
    was = [old.strip("`") for olds, _ in rows for old in olds.split(", ")]
    now = [new.strip("`") for _, news in rows for new in news.split(", ")]
    known = {
        old: one.name
        for one in (*inputs_of(OPERATIONS["pagerduty create"].Inputs), *shared_inputs())
        for old in one.spec.deprecated
    }
    assert dict(zip(was, now, strict=True)) == known
