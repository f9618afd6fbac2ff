"""Imports stand at the top of modules, but for what is listed here with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "pd_incident_action"

_WHILE_CONNECTING = "takes as long as connecting does; a job that is cancelled meanwhile says so"
LATE = {
    ("main.py", ".invocation"): _WHILE_CONNECTING,
    ("main.py", ".run"): _WHILE_CONNECTING,
    ("main.py", ".runner"): _WHILE_CONNECTING,
    ("http/preconnect.py", "certifi"): "imported on the thread that needs it",
    ("invocation.py", ".config.file"): "YAML takes 50 ms, and most repositories have no file",
    ("invocation.py", "difflib"): "takes 7 ms, for a wrong name only",
    ("incident_io/provider.py", ".client"): "its models take 6 ms, for PagerDuty's pages in vain",
    ("incident_io/provider.py", ".errors"): "as above",
    ("port/jq_mapping.py", "jq"): "takes 9 ms, and isn't there on every platform",
    ("port/jq_worker.py", "jq"): "as above",
    ("port/jq_worker.py", "resource"): "isn't there on Windows",
}


def late_imports(path: Path) -> Iterator[tuple[str, str]]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
