"""Charts that GitHub draws: Mermaid sources in which no text from outside is syntax.

https://mermaid.js.org/syntax/pie.html
https://mermaid.js.org/syntax/xyChart.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.text import shorten

from .lifecycle import IncidentLifecycle

Unit = Literal["day", "week", "month"]

_MAX_SLICES = 8
_MAX_BARS = 31
_MAX_LABEL = 40
# Replaces whatever ends a label, begins a directive, makes an entity, or is HTML.
_HARMLESS = str.maketrans('"`<>{};\\', "''()(),/")


def pie(title: str, slices: Mapping[str, int]) -> str:
    """Draw a pie chart; small slices are put together.

    Args:
        title: what it shows, in our own words.
        slices: numbers by name, the largest first; names can be any text.

    Returns:
        Mermaid's source; empty if there is nothing to show.
    """
    shown = [(name, number) for name, number in slices.items() if number > 0]
    if len(shown) > _MAX_SLICES:
        rest = sum(number for _, number in shown[_MAX_SLICES - 1 :])
        shown = [*shown[: _MAX_SLICES - 1], ("others", rest)]
    lines = [f'    "{label(name)}" : {number}' for name, number in shown]
    return "\n".join([f"pie showData title {title}", *lines]) if lines else ""


def bars(title: str, heights: Mapping[str, int]) -> str:
    """Draw a bar chart.

    Args:
        title: what it shows, in our own words.
        heights: numbers by the label below each bar.

    Returns:
        Mermaid's source; empty if all bars are empty.
    """
    highest = max(heights.values(), default=0)
    if highest <= 0:
        return ""
    labels = ", ".join(f'"{label(name)}"' for name in heights)
    numbers = ", ".join(map(str, heights.values()))
    return "\n".join(
        [
            "xychart-beta",
            f'    title "{title}"',
            f"    x-axis [{labels}]",
            f'    y-axis "Incidents" 0 --> {highest}',
            f"    bar [{numbers}]",
        ]
    )


def incidents_over_time(lifecycles: Iterable[IncidentLifecycle], period: Interval) -> str:
    """Draw how many incidents were created on each day, or in each week or month.

    Returns:
        Mermaid's source; empty if there are none.
    """
    unit = _unit(period)
    heights: dict[str, int] = {}
    day = period.start.date()
    while day <= (period.end - timedelta(microseconds=1)).date():
        heights.setdefault(_bar(day, unit), 0)
        day += timedelta(days=1)
    for one in lifecycles:
        name = _bar(one.created_at.date(), unit)
        heights[name] = heights.get(name, 0) + 1
    return bars(f"Incidents per {unit} (UTC)", heights)


def label(text: str) -> str:
    """Return any text as one short line that Mermaid shows between double quotes."""
    line = " ".join(text.split()).translate(_HARMLESS)
    return shorten("".join(c for c in line if c.isprintable()), _MAX_LABEL) or "(no name)"


def _unit(period: Interval) -> Unit:
    if period.length <= timedelta(days=_MAX_BARS):
        return "day"
    return "week" if period.length <= timedelta(weeks=_MAX_BARS) else "month"


def _bar(day: date, unit: Unit) -> str:
    """Return the label of the bar that a day belongs to; of a week its Monday."""
    if unit == "month":
        return f"{day:%Y-%m}"
    return f"{day - timedelta(days=day.weekday()) if unit == 'week' else day:%m-%d}"
