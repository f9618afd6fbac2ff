"""The repository's files, as its readers and GitHub see them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def read(path: str | Path) -> str:
    """Read a file below the repository's root."""
    return (ROOT / path).read_text(encoding="utf-8")


def parse_yaml(text: str) -> Any:  # noqa: ANN401 - YAML
    """Parse YAML; ``on`` stays a word, and any other value a text."""
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts only


def blocks(page: str, language: str) -> list[str]:
    """List a page's code in a language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return found
