"""From the start of a step until the page: ``python -m bench.step``, a part of ``make bench``.

The composite action's step is started as the runner starts it, on a release's tree. The Docker
action's is a container of ``--image``, which is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts")]

from release import dist  # noqa: E402 - found once the path is set

from .__main__ import Server, measure, simulator  # noqa: E402 - sets the path
from .contestants import Bench, Contestant, curl, ours  # noqa: E402 - likewise
from .report import describe, publish, spread  # noqa: E402 - likewise

_INTRODUCTION = """\
## From the start of a step

From the moment in which the runner starts a step until PagerDuty has received the page of `create`,
at a round trip of {latency} ms, in {rounds} rounds. *Just unpacked*: the runner has downloaded the
release for this job, and nothing has run before. *Cold disk*: neither the release nor Python is in
memory.

Measured with {machine}.
"""
_CONTAINER = """
*Image present*: pulling it comes before, in every job that has such a step, whether it runs or not.
The container is started by {engine}.
"""
_HEAD = "| Step | to page (ms) | × curl |\n| --- | ---: | ---: |\n"
_SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")


@dataclass(frozen=True)
class Way:
    """One way to page from a step.

    Attributes:
        name: in the table.
        contestant: what is run, in a folder of its own.
        prepare: is called before it.
    """

    name: str
    contestant: Contestant
    prepare: Callable[[], None] = lambda: None


def build_release(folder: Path, python: str) -> Path:
    """Build a release that carries for an interpreter; return its tree."""
    dist.download([*dist.CARRIED, dist.THIS], folder / "wheels")
    dist.build(folder / "wheels", folder / "release", [python])
    return folder / "release"


def in_step(contestant: Contestant, release: Path, python: str) -> Contestant:
    """Run the action as the composite action of a release."""
    inputs, others = {}, {}
    for name, value in contestant.environment.items():
        if name.startswith("INPUT_"):
            inputs[name.removeprefix("INPUT_").lower()] = value
        else:
            others[name] = value
    first = release.parent / f"{release.name}-bin"
    first.mkdir(exist_ok=True)
    if not (first / "python3").exists():
        (first / "python3").symlink_to(Path(python).resolve())
    runner = {
        "PATH": f"{first}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(release / "composite"),
        "INPUTS_JSON": json.dumps(inputs),
    }
    command = [*_SHELL, "-c", '. "$GITHUB_ACTION_PATH/start.sh"']
    return replace(contestant, command=command, environment=others | runner)


def in_container(contestant: Contestant, engine: str, image: str, folders: Path) -> Contestant:
    """Run the action in a container, with its files at the same place."""
    passed = [word for name in contestant.environment for word in ("--env", name)]
    command = [engine, "run", "--rm", "--network", "host", "--volume", f"{folders}:{folders}"]
    settings = {n: v for n, v in os.environ.items() if n in {"HOME", "CONTAINERS_CONF"}}
    environment = {**settings, **contestant.environment}
    return replace(contestant, command=[*command, *passed, image], environment=environment)


def evict(*folders: Path) -> None:
    """Have the system forget the content of files."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def ways(
    server: Server, bench: Bench, folder: Path, release: Path, container: tuple[str, str] | None
) -> list[Way]:
    """Set up one round."""

    def page(name: str) -> Contestant:
        return ours(bench, "create", folder / name, None, "")

    fresh = folder / "fresh"
    shutil.copytree(release, fresh)
    prefix = Path(bench.python).resolve().parents[1]
    command = [*_SHELL, "-c", f"exec {_quoted(curl(server.urls).command)}"]
    found = [
        Way("curl POST", replace(curl(server.urls), command=command)),
        Way("composite, just unpacked", in_step(page("unpacked"), fresh, bench.python)),
        Way("composite, warm", in_step(page("warm"), fresh, bench.python)),
        Way(
            "composite, cold disk",
            in_step(page("cold"), fresh, bench.python),
            lambda: evict(fresh, prefix),
        ),
    ]
    if container:
        found.append(
            Way(
                "container, image present",
                in_container(page("container"), *container, folder.parent),
            )
        )
    return found


def _quoted(command: Sequence[str]) -> str:
    return " ".join(f"'{word}'" for word in command)


def race(
    rounds: int, latency_ms: int, python: str, container: tuple[str, str] | None
) -> dict[str, list[float]]:
    """Let every way page in turn, round after round; the first round only warms up."""
    results: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, simulator(latency_ms, Path(name)) as server:
        release = build_release(Path(name), python)
        bench = Bench(python, release / "entrypoint.py", server.urls)
        for number in range(rounds + 1):
            for way in ways(server, bench, Path(name) / str(number), release, container):
                way.prepare()
                measurement = measure(way.contestant, server)
                if number:
                    results.setdefault(way.name, []).append(measurement.to_page * 1000)
    return results


def main() -> int:
    """Measure, and write the section; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--latency-ms", type=int, default=40)
    parser.add_argument("--python", default=sys.executable, help="the runner's interpreter")
    parser.add_argument("--engine", default="docker", help="what runs containers")
    parser.add_argument("--image", help="the Docker action's image; without it, it is left out")
    parser.add_argument("--write", type=Path, help="the page whose section is replaced")
    arguments = parser.parse_args()
    container = (arguments.engine, arguments.image) if arguments.image else None
    results = race(arguments.rounds, arguments.latency_ms, arguments.python, container)
    floor = statistics.median(results["curl POST"])
    machine = describe(arguments.python)
    text = _INTRODUCTION.format(
        latency=arguments.latency_ms, rounds=arguments.rounds, machine=machine
    )
    if container:
        text += _CONTAINER.format(engine=arguments.engine)
    rows = [
        f"| {name} | {spread(runs)} | {statistics.median(runs) / floor:.2f} |\n"
        for name, runs in results.items()
    ]
    publish(f"{text}\n{_HEAD}{''.join(rows)}", arguments.write, "step")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
