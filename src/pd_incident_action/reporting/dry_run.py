"""A dry run's report: the requests that would be sent, and what would change in the catalog."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pd_incident_action.text import to_markdown

from .debug import hide_credentials
from .markup import details, render_html_table
from .outputs import DESCRIPTIONS
from .summary import render_table

if TYPE_CHECKING:
    from pd_incident_action.http.dry_run import PlannedRequest
    from pd_incident_action.models import Outcome
    from pd_incident_action.port.entity_diff import EntityChange
    from pd_incident_action.runner import Runner


@dataclass(frozen=True)
class Plan:
    """What a real run would do.

    Attributes:
        planned: the requests, in order.
        outcome: what would come of it, as far as can be told.
        changes: what would change in the catalog.
    """

    planned: tuple[PlannedRequest, ...]
    outcome: Outcome
    changes: tuple[EntityChange, ...]

    @property
    def sentence(self) -> str:
        """All of it in a sentence or two."""
        count = len(self.planned)
        would = "no request" if not count else f"{count} request{'s' if count > 1 else ''}"
        return f"Nothing was changed. A real run would send {would} and say: {self.outcome.message}"

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Give each request as a title and its body."""
        return [
            (
                f"Would send: {one.service}: {one.method} {one.url}",
                json.dumps(hide_credentials(one.body), indent=2, ensure_ascii=False),
            )
            for one in self.planned
        ]

    @property
    def lines(self) -> list[str]:
        """Say what would change in the catalog."""
        return [_in_words(change) for change in self.changes]

    def as_json(self) -> dict[str, Any]:
        """Give the plan for later steps."""
        return {
            "requests": [
                {
                    "api": one.service,
                    "method": one.method,
                    "url": one.url,
                    "body": hide_credentials(one.body),
                }
                for one in self.planned
            ],
            "entities": [
                {"blueprint": one.entity.blueprint, **one.entity.as_json(), "new": one.is_new}
                for one in self.changes
            ],
        }

    def to_markdown(self) -> str:
        """Write the job summary."""
        parts = [
            "### Dry run",
            to_markdown(self.sentence),
            *(details(title, body) for title, body in self.requests),
            *map(_as_table, self.changes),
            *map(render_table, self.outcome.tables),
            *(f"> ⚠️ {to_markdown(text)}" for text in self.outcome.warnings),
            *(f"> ❌ {to_markdown(str(error))}" for error in self.outcome.failures),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def publish(plan: Plan, runner: Runner) -> None:
    """Show a plan in the log, the outputs and the job summary."""
    for title, body in plan.requests:
        runner.group(title, [body])
    for line in plan.lines:
        runner.info(line)
    runner.notice("Dry run", plan.sentence)
    refused = (change.problem for change in plan.changes if change.problem)
    for text in (*plan.outcome.warnings, *refused):
        runner.warning("Please check", text)
    for failure in plan.outcome.failures:
        runner.error(failure.title, str(failure))
    shown = json.dumps(plan.as_json(), ensure_ascii=False)
    runner.outputs(dict.fromkeys(DESCRIPTIONS, "") | {"plan": shown})
    runner.summary(plan.to_markdown())


def _in_words(change: EntityChange) -> str:
    name = f"entity {change.entity.identifier} of {change.entity.blueprint}"
    if change.changes is None:
        return f"Port would not take {name}: {change.problem}"
    what = "create" if change.is_new else "change" if change.changes else "leave as it is"
    values = ", ".join(
        f"{field}: {_text(old)} → {_text(new)}" for field, (old, new) in change.changes.items()
    )
    return f"Would {what} {name}{': ' if values else ''}{values}"


def _as_table(change: EntityChange) -> str:
    if change.changes is None:
        return f"> ⚠️ {to_markdown(_in_words(change))}"
    what = "New" if change.is_new else "Changed" if change.changes else "Unchanged"
    heading = f"#### {what} in the catalog: {to_markdown(change.entity.identifier)}"
    rows = [
        (to_markdown(name), to_markdown(_text(old)), to_markdown(_text(new)))
        for name, (old, new) in change.changes.items()
    ]
    return (
        f"{heading}\n\n{render_html_table(('Property', 'Now', 'Then'), rows)}" if rows else heading
    )


def _text(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
