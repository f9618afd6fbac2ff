"""Read an incident with its alerts, notes and log.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ActionError
from pd_incident_action.http.messages import build_path
from pd_incident_action.models import Table
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)

from ._shared.single_incident import describe_state
from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pd_incident_action.models import Outcome
    from pd_incident_action.pagerduty.client import Json

_MOST_ROWS = 50
_MOST_READ = 500
# Longer outputs would be cut, which JSON doesn't survive.
_LONGEST_OUTPUT = 450_000
# Output, last part of the path, and member of the answer.
_PARTS = (
    ("alerts", "alerts", "alerts"),
    ("notes", "notes", "notes"),
    ("log", "log_entries", "log_entries"),
)


class Get(Operation):
    """Read an incident with its alerts, notes and log, and refresh its entity."""

    name = "get"
    summary = "Read an incident with its alerts, notes and log, and refresh its entity"
    outputs = {
        "alerts": "The incident's alerts as JSON, at most 500.",
        "notes": "The incident's notes as JSON.",
        "log": "The incident's log entries as JSON, the newest first, at most 500.",
    }
    scopes = ("incidents.read",)

    class Inputs(SingleIncident):
        """The inputs of `get`."""

    inputs: Inputs

    def start_message(self) -> str:
        return f"Reading PagerDuty incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Read the incident and what belongs to it.

        Returns:
            The incident; a part that can't be read is a warning.

        Raises:
            ApiError: the incident doesn't exist, or PagerDuty wasn't reached.
        """
        # Only here: the incident itself doesn't wait for the thread pool's modules.
        incident = self.context.incidents.get(self.inputs.incident)
        from pd_incident_action.http.concurrency import map_concurrently  # noqa: PLC0415

        results = map_concurrently(
            lambda part: _read(self.inputs.incident, part, self.context), _PARTS
        )
        parts: dict[str, list[Json]] = {}
        warnings = []
        for (name, *_), result in zip(_PARTS, results, strict=True):
            if isinstance(result, ActionError):
                warnings.append(f"The {name} could not be read: {result}")
                result = []  # noqa: PLW2901 - read as far as it can be
            parts[name] = result
        counts = ", ".join(f"{len(items)} {_counted(name)}" for name, items in parts.items())
        message = f"Incident {describe_state(incident.to_incident())}; {counts}."
        return replace(
            incident_outcome(incident, message),
            response={"incident": incident.raw, **parts},
            outputs={name: _as_output(items) for name, items in parts.items()},
            tables=_tables(parts),
            warnings=tuple(warnings),
        )

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _read(incident: str, part: tuple[str, str, str], tools: OperationContext) -> list[Json]:
    name, last, member = part
    path = build_path("incidents", incident, last)
    if name == "notes":
        # Notes come all at once.
        notes: list[Json] = tools.pagerduty.get(path, f"list the {name}", member)
        return notes
    return list(islice(tools.pagerduty.pages(path, f"list the {name}", member), _MOST_READ))


def _counted(name: str) -> str:
    return "log entries" if name == "log" else name


def _tables(parts: Mapping[str, Sequence[Json]]) -> tuple[Table, ...]:
    """Show notes and the log, the newest last; PagerDuty lists the newest log entry first."""
    log, notes = _oldest_first(parts["log"][::-1]), _oldest_first(parts["notes"])
    tables = (
        Table("Notes", ("When", "Who", "Note"), tuple(map(_note, notes))),
        Table("Log", ("When", "Who", "What"), tuple(map(_entry, log))),
    )
    return tuple(table for table in tables if table.rows)


def _oldest_first(things: Sequence[Json]) -> list[Json]:
    """Sort by time, and keep the newest; within a second, the order given stays."""
    return sorted(things, key=lambda thing: str(thing.get("created_at")))[-_MOST_ROWS:]


def _note(note: Json) -> tuple[str, str, str]:
    return str(note.get("created_at") or ""), _who(note, "user"), str(note.get("content") or "")


def _entry(entry: Json) -> tuple[str, str, str]:
    what = str(entry.get("summary") or entry.get("type") or "")
    return str(entry.get("created_at") or ""), _who(entry, "agent"), what


def _who(thing: Json, member: str) -> str:
    return str((thing.get(member) or {}).get("summary") or "")


def _as_output(items: Sequence[Json]) -> str:
    """Write a list as JSON, leaving out the last ones where it would be too long."""
    written = [_json(item) for item in items]
    lengths = accumulate(len(text) + 1 for text in written)
    kept = [text for text, length in zip(written, lengths, strict=True) if length < _LONGEST_OUTPUT]
    return f"[{','.join(kept)}]"


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
