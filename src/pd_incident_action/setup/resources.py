"""What is installed: the files below ``port/`` and ``examples/workflows/``.

They are distributed with the source code in every form of the action, the image included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pd_incident_action.pagerduty import EVENTS, REST
from pd_incident_action.text import Json

ROOT = Path(__file__).resolve().parents[3]
_INCIDENT = "pagerdutyIncident"
WEBHOOK_STATUS = ".body.event.data.status"


def slugs() -> list[str]:
    """List the slugs of the operations that have a self-service action."""
    return sorted(path.stem for path in (ROOT / "port" / "actions").glob("*.json"))


def blueprints(statuses: Mapping[str, str] = MappingProxyType({})) -> list[Json]:
    """Read the blueprints; those that others relate to come first.

    An incident's status also takes the names in `statuses`, which has PagerDuty's by them.
    """
    folder = ROOT / "port" / "blueprints"
    bodies = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
    status = bodies[_INCIDENT]["schema"]["properties"]["status"]
    status["enum"] += [name for name in statuses if name not in status["enum"]]
    colors = status["enumColors"]
    status["enumColors"] = colors | {name: colors[one] for name, one in statuses.items()}

    def depth(body: Json) -> int:
        targets = {one["target"] for one in body["relations"].values()} & bodies.keys()
        return 1 + max((depth(bodies[name]) for name in targets), default=0)

    return sorted(bodies.values(), key=depth)


def workflow_actions(selected: Iterable[str], repository: str) -> list[Json]:
    """Read the self-service actions that start workflows."""
    owner, _, name = repository.partition("/")
    values = {"<GITHUB_ORG>": owner, "<GITHUB_REPO>": name}
    return [_read(ROOT / "port" / "actions" / f"{slug}.json", values) for slug in selected]


def webhook_actions(selected: Iterable[str], region: str) -> list[Json]:
    """Read the self-service actions in which Port calls PagerDuty directly.

    Each is followed by the automations that write its result into the catalog.
    """
    paths = [
        ROOT / "port" / name
        for slug in selected
        for name in (
            f"actions-webhook/{slug}.json",
            f"automations/{slug}.json",
            f"automations/{slug}-status.json",
        )
    ]
    # The files name the hosts of the one region.
    values = {urls["us"]: urls[region] for urls in (REST, EVENTS)}
    return [_read(path, values) for path in paths if path.is_file()]


def without_empty_pickers(
    actions: Iterable[Json], has_entities: Callable[[str], bool]
) -> list[Json]:
    """Let the forms of actions take text where their pickers would have nothing to offer."""
    has_some = cache(has_entities)
    for action in actions:
        fields = action["trigger"]["userInputs"]["properties"]
        for name, field in fields.items():
            picked = field.get("items", field).get("blueprint")
            if picked and not has_some(picked):
                several = " Separate several by commas." if field["type"] == "array" else ""
                text = field["description"] + several
                fields[name] = {"type": "string", "title": field["title"], "description": text}
    return list(actions)


def required_secrets(actions: Iterable[Json]) -> list[str]:
    """Name the secrets that only a person can add to Port; nobody can read which exist."""
    names = ", ".join(sorted(set(re.findall(r"\.secrets\.(\w+)", json.dumps(list(actions))))))
    text = f"The actions without a workflow use secrets of Port: add {names} in Port."
    return [text] if names else []


def dashboard(actions: Collection[str]) -> Json:
    """Read the dashboard, without what shows other actions than these."""
    body = _read(ROOT / "port" / "pages" / "pagerduty.json")
    (board,) = body["widgets"]
    widgets = []
    for widget in board["widgets"]:
        if "actions" in widget:
            widget["actions"] = [one for one in widget["actions"] if one["action"] in actions]
        if widget.get("actions", True) and widget.get("action", "") in {"", *actions}:
            widgets.append(widget)
    shown = {widget["id"] for widget in widgets}
    for row in board["layout"]:
        row["columns"] = [one for one in row["columns"] if one["id"] in shown]
    board["layout"] = [row for row in board["layout"] if row["columns"]]
    board["widgets"] = widgets
    return body


def webhook(status: str = WEBHOOK_STATUS) -> Json:
    """Read the webhook that receives PagerDuty's events; `status` is in jq, as its mappings are."""
    body = _read(ROOT / "port" / "webhooks" / "pagerduty.json")
    del body["security"]["secret"]
    for mapping in body["mappings"]:
        properties = mapping["entity"].get("properties", {})
        if mapping["blueprint"] == _INCIDENT and "status" in properties:
            properties["status"] = status
    return body


def workflows(selected: Iterable[str]) -> dict[str, str]:
    """Read the workflows that the actions start, by file name."""
    folder = ROOT / "examples" / "workflows"
    names = [f"{slug}.yml" for slug in selected]
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def _read(path: Path, values: dict[str, str] | None = None) -> Json:
    text = path.read_text(encoding="utf-8")
    for placeholder, value in (values or {}).items():
        text = text.replace(placeholder, value)
    body: Json = json.loads(text)
    return body
