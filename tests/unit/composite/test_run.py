"""``composite/run.py`` installs what is locked once, out of reach of the workspace, and runs it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENTRYPOINT = """\
import json, os, sys
import locked
inputs = {name: value for name, value in os.environ.items() if name.startswith("INPUT")}
print(json.dumps([locked.WORD, inputs, sys.flags.isolated, sys.prefix]))
raise SystemExit(3)
"""


def load(checkout: Path) -> ModuleType:
    """Import a checkout's run.py."""
    spec = importlib.util.spec_from_file_location("composite_run", checkout / "composite/run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_wheel(folder: Path) -> Path:
    """Make a package named locked, as small as they get."""
    wheel = folder / "locked-1.0-py3-none-any.whl"
    info = "locked-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("locked.py", "WORD = 'locked'\n")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: locked\nVersion: 1.0\n")
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tag)
        file.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make an action of which the requirements are one tiny package."""
    wheel = make_wheel(tmp_path)
    folder = tmp_path / "action"
    for name in ("composite", "requirements"):
        (folder / name).mkdir(parents=True)
    script = (ROOT / "composite/run.py").read_text(encoding="utf-8")
    (folder / "composite/run.py").write_text(script, encoding="utf-8")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "requirements/action.txt").write_text(f"locked==1.0 --hash=sha256:{digest}\n")
    (folder / "entrypoint.py").write_text(ENTRYPOINT)
    (tmp_path / "workspace").mkdir()
    return folder


def variables(checkout: Path) -> dict[str, str]:
    """Give the variables of a runner that keeps its tools, and that reaches no package index."""
    return {
        "INPUTS_JSON": json.dumps({"port-run-id": 'It\'s "down"\n$(reboot)'}),
        "INPUT_PORT-API-URL": "https://evil.example.com",
        "RUNNER_TOOL_CACHE": str(checkout.parent / "tools"),
        "RUNNER_TEMP": str(checkout.parent / "temp"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout.parent),
    }


def run(checkout: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the action in the workspace, as the composite action's step does."""
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-I", str(checkout / "composite/run.py")],
        cwd=checkout.parent / "workspace",
        env=os.environ | variables(checkout) | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_installs_once_and_passes_its_own_inputs_and_the_exit_code_on(checkout: Path) -> None:
    first, second = run(checkout), run(checkout, PIP_FIND_LINKS="/nowhere")
    assert (first.returncode, second.returncode) == (3, 3), first.stderr + second.stderr
    word, inputs, isolated, prefix = json.loads(first.stdout.splitlines()[-1])
    assert (word, isolated) == ("locked", 1)
    assert inputs == {"INPUT_PORT-RUN-ID": 'It\'s "down"\n$(reboot)'}
    (cached,) = (checkout.parent / "tools/pd-incident-action").iterdir()
    assert Path(prefix) == cached
    assert second.stdout == first.stdout


def test_a_package_with_another_hash_is_not_run(checkout: Path) -> None:
    requirements = checkout / "requirements/action.txt"
    requirements.write_text(f"locked==1.0 --hash=sha256:{'0' * 64}\n")
    done = run(checkout)
    assert done.returncode == 1
    assert "::error title=Not installed::The action's Python packages could not" in done.stdout
    assert list((checkout.parent / "tools/pd-incident-action").iterdir()) == []


def test_nothing_in_the_workspace_is_run(checkout: Path) -> None:
    evil = "import pathlib; pathlib.Path('../ran').touch()\n"
    for name in ("pip", "venv", "ensurepip", "locked", "hashlib", "json"):
        (checkout.parent / "workspace" / f"{name}.py").write_text(evil)
    module = str(checkout.parent / "workspace")
    assert run(checkout, PYTHONPATH=module).returncode == 3
    assert not (checkout.parent / "ran").exists()


def test_pip_sees_the_runners_settings_but_no_inputs(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load(checkout)
    seen: dict[str, str] = {}
    monkeypatch.setattr(module.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(module.subprocess, "run", lambda *_, env, **__: seen.update(env))
    monkeypatch.setattr(module, "_move", lambda *_: None)
    module.prepared(checkout / "requirements/action.txt", variables(checkout))
    assert seen["PIP_NO_INDEX"] == "1"
    assert "INPUTS_JSON" not in seen


def test_requirements_that_changed_are_installed_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load(checkout)
    made: list[Path] = []
    monkeypatch.setattr(module, "_make", lambda folder, *_: made.append(folder))
    requirements = checkout / "requirements/action.txt"
    module.prepared(requirements, variables(checkout))
    requirements.write_text("another==1.0\n")
    module.prepared(requirements, variables(checkout))
    assert len(set(made)) == 2


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"RUNNER_TOOL_CACHE": "tools", "RUNNER_TEMP": "temp"}, "tools"),
        ({"RUNNER_TOOL_CACHE": "file/tools", "RUNNER_TEMP": "temp"}, "temp"),
    ],
)
def test_the_cache_is_where_tools_are_kept_or_else_temporary(
    tmp_path: Path, given: dict[str, str], chosen: str
) -> None:
    (tmp_path / "file").touch()
    places = {name: str(tmp_path / folder) for name, folder in given.items()}
    assert load(ROOT).cache(places) == tmp_path / chosen / "pd-incident-action"


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file/x")
    with pytest.raises(PermissionError, match="RUNNER_TOOL_CACHE"):
        load(ROOT).cache({"RUNNER_TOOL_CACHE": nowhere, "RUNNER_TEMP": nowhere})


def test_two_jobs_that_install_at_once_both_get_a_whole_one(checkout: Path) -> None:
    command = [sys.executable, "-I", str(checkout / "composite/run.py")]
    started = [
        subprocess.Popen(  # noqa: S603 - our own script
            command, env=os.environ | variables(checkout), stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    assert [process.communicate()[0].count(b"locked") for process in started] == [1, 1]
    assert [process.returncode for process in started] == [3, 3]
    assert len(list((checkout.parent / "tools/pd-incident-action").iterdir())) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cancelled_while_it_installs_it_says_so(checkout: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", str(checkout / "composite/run.py")],
        env=os.environ | variables(checkout),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    tools = checkout.parent / "tools/pd-incident-action"
    while not (tools.is_dir() and list(tools.iterdir())):
        assert process.poll() is None
    process.send_signal(number)
    said, problems = process.communicate(timeout=30)
    assert (process.returncode, problems) == (1, b"")
    assert said.startswith(b"::error title=Cancelled::The job was cancelled (SIG")
