"""What people copy from the documentation is YAML with inputs that exist, and passes actionlint."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repository import ROOT, parse_yaml, read

INPUTS = parse_yaml(read("action.yml"))["inputs"].keys()
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]
OURS = re.compile(r"org/pd-incident-action(/composite)?@\S+")
_BLOCK = re.compile(r"^( *)```ya?ml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_FRAME = (
    "on: workflow_dispatch\npermissions: {}\n"
    "jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
)


def blocks(markdown: str) -> list[str]:
    """List a page's YAML."""
    return [textwrap.dedent(text) for _, text in _BLOCK.findall(markdown)]


DOCUMENTED = {
    f"{page.name}-{number}": block
    for page in PAGES
    for number, block in enumerate(blocks(read(page)))
}


def steps(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - YAML
    """Find every step that uses an action, however deep."""
    if isinstance(document, dict):
        if "uses" in document:
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from steps(part)


def unknown_inputs(document: Any) -> set[str]:  # noqa: ANN401 - YAML
    """List what is passed to this action, but isn't an input of it."""
    ours = [step for step in steps(document) if OURS.fullmatch(step["uses"])]
    return {name for step in ours for name in step.get("with", {}) if name not in INPUTS}


def as_workflow(block: str) -> str | None:
    """Make a workflow of a block that is one, or holds a workflow's jobs or steps."""
    document = parse_yaml(block)
    if isinstance(document, list) and next(steps(document), None):
        return _FRAME + textwrap.indent(block, "      ")
    if isinstance(document, dict) and "jobs" in document:
        return block if "on" in document else f"on: workflow_dispatch\n{block}"
    return None


def lint(workflow: str, folder: Path) -> str:
    """Run actionlint on a workflow."""
    file = folder / "workflow.yml"
    file.write_text(workflow, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("actionlint")), "-no-color", str(file)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - a linter
    return done.stdout + done.stderr


def test_it_is_yaml_and_every_input_exists() -> None:
    for where, block in DOCUMENTED.items():
        document = parse_yaml(block)
        assert document, where
        assert unknown_inputs(document) == set(), where


def test_as_a_workflow_it_passes_actionlint(tmp_path: Path) -> None:
    for where, block in DOCUMENTED.items():
        workflow = as_workflow(block)
        assert workflow is None or lint(workflow, tmp_path) == "", where


def test_a_repository_that_copies_it_passes_zizmor(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    copied = {where: as_workflow(block) for where, block in DOCUMENTED.items()}
    copied |= {path.stem: read(path) for path in ROOT.glob("examples/*/*.yml")}
    for where, workflow in copied.items():
        if workflow is not None:
            (folder / f"{where}.yml").write_text(workflow, encoding="utf-8")
    assert len(list(folder.iterdir())) > 40
    zizmor = str(Path(sys.executable).with_name("zizmor"))
    command = [zizmor, "--offline", "--no-config", "--no-progress", "--format", "plain", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - a linter
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_blocks_are_found_below_a_list_as_well() -> None:
    assert blocks("- x\n\n  ```yaml\n  a: 1\n  ```\n\n```yml\nb: 2\n```\n```json\n{}\n```\n") == [
        "a: 1\n",
        "b: 2\n",
    ]


def test_an_input_that_does_not_exist_is_told() -> None:
    step = "- uses: org/pd-incident-action{}\n  with: {{titel: x, title: y}}\n"
    for ours in ("@v1", "/composite@v1"):
        assert unknown_inputs(parse_yaml(step.format(ours))) == {"titel"}
    assert unknown_inputs(parse_yaml(step.format("-else@v1"))) == set()


def test_actionlint_finds_what_is_wrong_with_a_step(tmp_path: Path) -> None:
    wrong = as_workflow("- uses: org/pd-incident-action@v1\n  iff: failure()\n")
    assert "unexpected key" in lint(wrong or "", tmp_path)
