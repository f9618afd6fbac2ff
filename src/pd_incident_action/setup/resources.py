"""What there is to install: the files below ``port/`` and ``examples/workflows/``.

They are beside the source code in every form of the action, the image included.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[3]
PAGERDUTY_URL = "https://api.pagerduty.com"
"""The host that the files name; accounts of another service region have another."""


def slugs() -> list[str]:
    """List what there are self-service actions for.

    Returns:
        The operations' slugs, sorted, such as ``create`` and ``incident-io-create``.
    """
    return sorted(path.stem for path in (ROOT / "port" / "actions").glob("*.json"))


def blueprints() -> list[Json]:
    """Read the blueprints.

    Returns:
        Bodies for Port; those that others relate to come first.
    """
    folder = ROOT / "port" / "blueprints"
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda one: len(one["relations"]))


def actions(wanted: list[str], repository: str) -> list[Json]:
    """Read the self-service actions that start workflows.

    Args:
        wanted: some of `slugs`.
        repository: ``owner/name`` of the repository that has the workflows.

    Returns:
        Bodies for Port.
    """
    owner, _, name = repository.partition("/")
    filled_in = {"<GITHUB_ORG>": owner, "<GITHUB_REPO>": name}
    return [_read(ROOT / "port" / "actions" / f"{slug}.json", filled_in) for slug in wanted]


def synced_actions(wanted: list[str], pagerduty_url: str) -> list[Json]:
    """Read the self-service actions that ask the provider themselves, and what follows on them.

    Args:
        wanted: some of `slugs`; not all of them have such a form.
        pagerduty_url: base URL of PagerDuty's REST API in the account's service region.

    Returns:
        Bodies for Port; an automation comes after the action that it follows on.
    """
    hosts = {PAGERDUTY_URL: pagerduty_url}
    paths = [
        path
        for slug in wanted
        for folder in ("actions-webhook", "automations")
        if (path := ROOT / "port" / folder / f"{slug}.json").is_file()
    ]
    return [_read(path, hosts) for path in paths]


def webhook() -> Json:
    """Read the webhook that takes PagerDuty's events, without a secret."""
    body = _read(ROOT / "port" / "webhooks" / "pagerduty.json")
    del body["security"]["secret"]
    return body


def workflows(wanted: list[str]) -> dict[str, str]:
    """Read the workflows that the actions start.

    Args:
        wanted: some of `slugs`.

    Returns:
        Texts by file name.
    """
    folder = ROOT / "examples" / "workflows"
    return {f"{slug}.yml": (folder / f"{slug}.yml").read_text(encoding="utf-8") for slug in wanted}


def _read(path: Path, filled_in: dict[str, str] | None = None) -> Json:
    text = path.read_text(encoding="utf-8")
    for placeholder, value in (filled_in or {}).items():
        text = text.replace(placeholder, value)
    body: Json = json.loads(text)
    return body
