"""Runs the composite action's own steps, as the runner does."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import Action
from release import dist


class Composite(Action):
    """The composite action of a checkout, on a runner whose first Python is the tests' own."""

    def __init__(self, checkout: Path, folder: Path, urls: Mapping[str, str]) -> None:
        self.action = checkout / "composite"
        self.tool_cache = folder / "tools"
        self._declared: dict[str, Any] = yaml.safe_load((self.action / "action.yml").read_text())
        (step,) = self._declared["runs"]["steps"]
        assert (step["shell"], step["env"]) == ("bash", {"INPUTS_JSON": "${{ toJSON(inputs) }}"})
        script = folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        runner = {"PATH": path, "RUNNER_TOOL_CACHE": str(self.tool_cache)}
        super().__init__(folder, urls, runner, command)

    def _environment(self, folder: Path, inputs: Mapping[str, str | None]) -> dict[str, str]:
        given = {name: inputs.get(name) or "" for name in self._declared["inputs"]}
        return {
            **super()._environment(folder, {}),
            "GITHUB_ACTION_PATH": str(self.action),
            "INPUTS_JSON": json.dumps(given),
        }


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all of pytest's workers share."""
    base = factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "release"
    folder.mkdir(exist_ok=True)
    return folder


def wheels_for_this_python(folder: Path) -> Path:
    """Download the locked wheels for the Python that runs the tests, or skip the test."""
    wheels = folder / "wheels"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wheels.exists():
            try:
                dist.download([dist.THIS], folder / "new")
            except subprocess.CalledProcessError as error:
                pytest.skip(f"the packages could not be downloaded: {error}")
            (folder / "new").rename(wheels)
    return wheels


def release_for_this_python(folder: Path) -> Path:
    """Build a release that carries for the Python that runs the tests, once for all workers."""
    wheels, built = wheels_for_this_python(folder), folder / "dist"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            dist.build(wheels, folder / "new", [sys.executable])
            (folder / "new").rename(built)
    return built
