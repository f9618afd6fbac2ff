"""The composite action's own steps: without a network, on old Pythons, and when cancelled."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import no_network
from composite import Composite, release_for_this_python, shared_folder
from harness import credentials, urls_of
from pd_incident_simulator import Fault, Simulator

ROOT = Path(__file__).resolve().parents[2]
# Passes for an older Python, for which nothing is carried.
OLD = f"""#!/bin/sh
exec {sys.executable} -I -S -c '
import importlib.machinery, runpy, sys
suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
importlib.machinery.EXTENSION_SUFFIXES[0] = suffix.replace("3{sys.version_info.minor}", "36m")
sys.version_info = (3, 6)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")' "$5"
"""
# What Windows has where no Python is installed, and pyenv where it isn't chosen.
STUB = "#!/bin/sh\nexit 127\n"


@pytest.fixture
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a release that carries for this Python."""
    return release_for_this_python(shared_folder(tmp_path_factory))


@pytest.fixture
def composite(sim: Simulator, release: Path, tmp_path: Path) -> Composite:
    """The composite action of that release, with every credential."""
    return Composite(release, tmp_path, urls_of(sim) | credentials())


def use_pythons(act: Composite, **scripts: str) -> None:
    """Let these scripts be all Pythons on the runner's PATH."""
    folder = act.folder / "bin"
    folder.mkdir()
    (folder / "bash").symlink_to(shutil.which("bash") or "bash")
    for name, script in scripts.items():
        path = folder / name.replace("_", ".")
        path.write_text(script)
        path.chmod(0o755)
    act.environment["PATH"] = str(folder)


def put_into_tool_cache(act: Composite) -> None:
    """Put this Python where setup-python and the runners' images put theirs."""
    minor = sys.version_info.minor
    python = act.tool_cache / f"Python/3.{minor}.1/x64/bin/python3"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys.executable).resolve())


def test_it_pages_on_a_cold_runner_with_no_network_but_loopback(
    release: Path, tmp_path: Path
) -> None:
    isolate = [shutil.which("unshare") or "unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*isolate, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - fixed words
        pytest.skip("this machine doesn't allow a network namespace")
    command = [*isolate, sys.executable, no_network.__file__, str(release), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    told = json.loads(done.stdout)
    assert told["code"] == 0, told["log"]
    assert told["incidents"] == told["entities"] == [told["incident-id"]]
    assert not told["installed"]
    assert (told["elsewhere"], told["unreachable"]) == (0, 1)


def test_an_old_python_hands_over_to_one_in_the_tool_cache(
    sim: Simulator, composite: Composite
) -> None:
    use_pythons(composite, python3=OLD, **{f"python3_{sys.version_info.minor}": STUB})
    put_into_tool_cache(composite)
    result = composite(title="Down", service="PSVC001")
    assert result.code == 0, result.log + result.stderr
    assert len(sim.pagerduty.state.incidents) == 1


def test_without_python_on_path_the_tool_caches_is_used(
    sim: Simulator, composite: Composite
) -> None:
    use_pythons(composite)
    put_into_tool_cache(composite)
    assert composite(title="Down", service="PSVC001").code == 0
    assert len(sim.pagerduty.state.incidents) == 1


@pytest.mark.parametrize(
    ("pythons", "title", "message"),
    [
        ({}, "there is no Python", "this runner has none. Install Python 3.11 or later"),
        ({"python3": OLD}, "Python is too old", "this runner has only 3.6. Install a newer one"),
    ],
)
def test_where_no_python_will_do_one_sentence_says_so(
    composite: Composite, pythons: dict[str, str], title: str, message: str
) -> None:
    use_pythons(composite, **pythons)
    result = composite(title="Down", service="PSVC001")
    assert (result.code, result.stderr) == (1, "")
    assert result.log.startswith(f"::error title=Nobody was paged%3A {title}::")
    assert message in result.log
    assert result.log.count("\n") == 1


def test_the_runners_signals_reach_the_action(sim: Simulator, composite: Composite) -> None:
    sim.faults.add(Fault("hang", api="pagerduty", method="POST", count=None, seconds=30))
    run = composite.start(title="Down", service="PSVC001")
    while not any(exchange.path == "/incidents" for exchange in sim.exchanges):
        assert run.process.poll() is None
        time.sleep(0.01)
    run.process.send_signal(signal.SIGINT)
    result = run.wait(20)
    assert (result.code, result.stderr) == (1, "")
    assert "The job was cancelled (SIGINT)" in result.annotations("error")[0]


def test_inputs_come_from_its_own_step_alone(sim: Simulator, composite: Composite) -> None:
    composite.environment |= {"INPUT_TITLE": "Somebody else's", "INPUT_DRY-RUN": "true"}
    title = 'It\'s "down"\n$(reboot) \0 ü 🔥'
    assert composite(title=title, service="PSVC001").code == 0
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["title"].startswith('It\'s "down"')
