"""The job summary's timeline: what the action did, when, and how long each call took."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pd_incident_action import text
from pd_incident_action.models import Table

from . import summary
from .markup import chart

if TYPE_CHECKING:
    from pd_incident_action.http.request_log import Attempt

_MOST_ROWS = 40
# Whatever else there is could end a task's name in Mermaid.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 .()/-]+")
_MOST_CHARACTERS = 60


def to_markdown(attempts: Sequence[Attempt], started: float) -> str:
    """Show what was sent when, folded away until somebody opens it.

    Args:
        attempts: all attempts of a run.
        started: when the process started, in seconds of the monotonic clock.

    Returns:
        Markdown, or nothing where nothing was sent.
    """
    if not attempts:
        return ""
    table = table_of(attempts, started)
    shown = summary.render_table(replace(table, title="Calls"))
    parts = [
        f"<details><summary>Timeline: {text.to_markdown(table.title)}</summary>",
        chart(chart_of(attempts, started)),
        shown,
        "</details>",
    ]
    return "\n\n".join(parts)


def table_of(attempts: Sequence[Attempt], started: float) -> Table:
    """List the attempts, one a row.

    Args:
        attempts: all attempts of a run.
        started: when the process started, in seconds of the monotonic clock.

    Returns:
        The table, in the order in which they began; of very many only the first.
    """
    ordered = _in_order(attempts)
    rows = [
        (
            f"{one.began - started:.2f} s",
            one.service,
            one.action,
            str(one.status) if one.status is not None else one.problem,
            f"{round(one.seconds * 1000)} ms",
            str(one.number),
        )
        for one in ordered[:_MOST_ROWS]
    ]
    title = f"{len(ordered)} calls"
    if len(ordered) > _MOST_ROWS:
        title += f", the first {_MOST_ROWS} of them"
    return Table(title, ("At", "API", "What for", "Answer", "Took", "Attempt"), tuple(rows))


def chart_of(attempts: Sequence[Attempt], started: float) -> str:
    """Draw the attempts as a Mermaid chart.

    https://mermaid.js.org/syntax/gantt.html

    Args:
        attempts: all attempts of a run.
        started: when the process started, in seconds of the monotonic clock.

    Returns:
        Mermaid's text, or nothing where nothing was sent.
    """
    ordered = _in_order(attempts)[:_MOST_ROWS]
    if not ordered:
        return ""
    lines = ["gantt", "  dateFormat x", "  axisFormat %S.%L s"]
    for service in dict.fromkeys(one.service for one in ordered):
        lines.append(f"  section {_name(service)}")
        lines += [_bar(one, started) for one in ordered if one.service == service]
    return "\n".join(lines)


def _bar(attempt: Attempt, started: float) -> str:
    began = round((attempt.began - started) * 1000)
    ended = max(began + 1, round((attempt.ended - started) * 1000))
    state = "" if attempt.succeeded else "crit, "
    answer = attempt.status if attempt.status is not None else "no answer"
    return f"  {_name(attempt.action)} ({answer}) :{state}{began}, {ended}"


def _name(words: str) -> str:
    return _NOT_IN_NAMES.sub(" ", words)[:_MOST_CHARACTERS].strip() or "call"


def _in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda one: one.began)
