"""Imports point one way, and stand at the top of modules, but for what is listed here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "pd_incident_action"

LATE = {
    ("main.py", "."): "what a run needs takes as long as connecting, which is begun before",
    ("main.py", ".runner"): "loads requests, likewise",
    ("http/preconnect.py", "certifi"): "imported on the thread that needs it",
    ("invocation.py", ".config.file"): "YAML takes 50 ms, and most repositories have no file",
    ("text.py", "difflib"): "takes 7 ms, for a wrong name only",
    ("run.py", ".reporting.dry_run"): "takes 5 ms with what it imports, for dry runs only",
    ("pagerduty/events.py", ".dry_run"): "likewise",
    ("incident_io/provider.py", ".client"): "its models take 6 ms; PagerDuty's pages need none",
    ("run.py", ".port.jq_mapping"): "loads subprocess, 2 ms, for those who have a mapping",
    ("port/jq_mapping.py", "jq"): "takes 9 ms, and isn't there on every platform",
    ("http/messages.py", "html"): "takes 1 ms, for a web page in an answer's place",
}


# What a package may import of the others, where that is a rule; see docs/architecture.md.
DIRECTIONS = {
    "http": {"errors", "models", "text"},
    "models": {"errors", "text"},
    "port": {"http", "errors", "models", "text", "redaction"},
    "inputs": {"errors", "port", "text"},
    "config": {"errors", "inputs", "port", "text"},
    "pagerduty": {"config", "errors", "http", "inputs", "models", "providers", "text"},
    "notification": {"errors", "http", "inputs", "models", "pagerduty", "port", "text"},
}
ABOVE_REPORTING = {"incident_io", "operations", "pagerduty"}


def package_of(path: Path) -> str:
    """Return the package that a module belongs to, or its own name at the top level."""
    return path.relative_to(SOURCES).parts[0].removesuffix(".py")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """List the packages that a module imports when it is loaded or used."""
    parts = path.relative_to(SOURCES).with_suffix("").parts
    tree = parse(path)
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or id(node) in for_types:
            continue
        module = (node.module or "").split(".") if node.module else []
        if node.level:
            full = [*parts[: len(parts) - node.level], *module]
        elif module[:1] == ["pd_incident_action"]:
            full = module[1:]
        else:
            continue
        yield from [full[0]] if full else [one.name for one in node.names]


@cache
def graph() -> dict[str, set[str]]:
    """Return which packages each package imports."""
    found: dict[str, set[str]] = {}
    for path in SOURCES.rglob("*.py"):
        package = package_of(path)
        found.setdefault(package, set()).update(set(imported(path)) - {package})
    return found


def test_packages_do_not_import_each_other_in_circles() -> None:
    order = TopologicalSorter(graph())
    assert len(list(order.static_order())) > 20


def test_imports_point_one_way() -> None:
    packages = graph()
    wrong = {name: packages[name] - allowed for name, allowed in DIRECTIONS.items()}
    assert {name: found for name, found in wrong.items() if found} == {}
    assert packages["reporting"] & ABOVE_REPORTING == set()


def late_imports(path: Path) -> Iterator[tuple[str, str]]:
    for function in ast.walk(parse(path)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((path.relative_to(SOURCES).as_posix(), one.name) for one in node.names)
            if isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield path.relative_to(SOURCES).as_posix(), module


def test_what_is_imported_inside_functions_has_a_reason() -> None:
    found = {one for path in SOURCES.rglob("*.py") for one in late_imports(path)}
    assert found == set(LATE)
    assert all(LATE.values())


def test_connections_are_begun_before_requests_is_loaded() -> None:
    code = "import pd_incident_action.main, sys; sys.exit('requests' in sys.modules)"
    command = [sys.executable, "-c", code]
    subprocess.run(command, env={"PYTHONPATH": str(SOURCES.parent)}, check=True)  # noqa: S603 - our own
