"""Workflow files are written where they aren't, and theirs aren't overwritten unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.setup.installer import Step
from pd_incident_action.setup.workflow_files import write_workflows

TEXTS = {"a.yml": "a: 1\n"}


def test_a_new_file_is_written(tmp_path: Path) -> None:
    steps, warnings = write_workflows(tmp_path, "x/y", TEXTS)
    assert (steps, warnings) == ((Step("workflow", "x/y/a.yml", "added"),), ())
    assert (tmp_path / "x/y/a.yml").read_text() == "a: 1\n"
    assert write_workflows(tmp_path, "x/y", TEXTS)[0][0].state == "unchanged"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    steps, _ = write_workflows(tmp_path, "x", TEXTS, dry_run=True)
    assert steps[0].state == "added"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("overwrite", "text"), [(False, "mine\n"), (True, "a: 1\n")])
def test_a_file_that_differs_is_only_replaced_on_demand(
    tmp_path: Path, text: str, *, overwrite: bool
) -> None:
    (tmp_path / "a.yml").write_text("mine\n")
    steps, warnings = write_workflows(tmp_path, ".", TEXTS, overwrite=overwrite)
    assert (tmp_path / "a.yml").read_text() == text
    assert bool(warnings) is not overwrite
    assert steps == ((Step("workflow", "a.yml", "changed"),) if overwrite else ())


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(NotApplicable, match="The workflows were not written to x: "):
        write_workflows(tmp_path, "x", TEXTS)


def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "x").symlink_to(outside)
    with pytest.raises(NotApplicable, match="the path leads out of the workspace"):
        write_workflows(root, "x", TEXTS)
    assert list(outside.iterdir()) == []
