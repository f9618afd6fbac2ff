"""Charts that GitHub draws: Mermaid sources in which no text from outside is syntax.

https://mermaid.js.org/syntax/pie.html
https://mermaid.js.org/syntax/xyChart.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pd_incident_action.text import shorten

if TYPE_CHECKING:
    from pd_incident_action.inputs.intervals import Interval

    from .lifecycle import Timeline

Unit = Literal["day", "week", "month"]

_MOST_SLICES = 8
_MOST_BARS = 31
_LONGEST_LABEL = 40
# Stand in for whatever ends a label, begins a directive, makes an entity, or is HTML.
_HARMLESS = str.maketrans('"`<>{};\\', "''()(),/")


def pie(title: str, slices: Mapping[str, int]) -> str:
    """Draw a pie.

    Args:
        title: what it shows, in our own words.
        slices: numbers by name, the largest first; names can be any text.

    Returns:
        Mermaid's source, or empty if there is nothing to show; small slices are put together.
    """
    shown = [(name, number) for name, number in slices.items() if number > 0]
    if len(shown) > _MOST_SLICES:
        rest = sum(number for _, number in shown[_MOST_SLICES - 1 :])
        shown = [*shown[: _MOST_SLICES - 1], ("others", rest)]
    lines = [f'    "{label(name)}" : {number}' for name, number in shown]
    return "\n".join([f"pie showData title {title}", *lines]) if lines else ""


def bars(title: str, heights: Mapping[str, int]) -> str:
    """Draw a bar chart.

    Args:
        title: what it shows, in our own words.
        heights: numbers by what is written below each bar.

    Returns:
        Mermaid's source, or empty if all bars are empty.
    """
    highest = max(heights.values(), default=0)
    if highest <= 0:
        return ""
    names = ", ".join(f'"{label(name)}"' for name in heights)
    numbers = ", ".join(map(str, heights.values()))
    return "\n".join(
        [
            "xychart-beta",
            f'    title "{title}"',
            f"    x-axis [{names}]",
            f'    y-axis "Incidents" 0 --> {highest}',
            f"    bar [{numbers}]",
        ]
    )


def over_time(timelines: Iterable[Timeline], period: Interval) -> str:
    """Draw how many incidents began on each day, or in each week or month of a long period.

    Args:
        timelines: incidents that began in the period.
        period: the period.

    Returns:
        Mermaid's source, or empty if there are none.
    """
    unit = _unit(period)
    heights: dict[str, int] = {}
    day = period.start.date()
    while day <= (period.end - timedelta(microseconds=1)).date():
        heights.setdefault(_name(day, unit), 0)
        day += timedelta(days=1)
    for timeline in timelines:
        name = _name(timeline.began.date(), unit)
        heights[name] = heights.get(name, 0) + 1
    return bars(f"Incidents per {unit} (UTC)", heights)


def _unit(period: Interval) -> Unit:
    if period.length <= timedelta(days=_MOST_BARS):
        return "day"
    return "week" if period.length <= timedelta(weeks=_MOST_BARS) else "month"


def _name(day: date, unit: Unit) -> str:
    """Name the bar that a day belongs to; a week by its Monday."""
    if unit == "month":
        return f"{day:%Y-%m}"
    return f"{day - timedelta(days=day.weekday()) if unit == 'week' else day:%m-%d}"


def label(text: str) -> str:
    """Make any text a label that Mermaid shows between double quotes.

    Args:
        text: any text.

    Returns:
        One line, not too long, in which nothing is syntax.
    """
    line = " ".join(text.split()).translate(_HARMLESS)
    return shorten("".join(c for c in line if c.isprintable()), _LONGEST_LABEL) or "(no name)"
