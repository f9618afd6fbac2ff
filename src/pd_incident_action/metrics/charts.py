"""Charts that GitHub draws: Mermaid sources in which no text from outside is syntax.

https://mermaid.js.org/syntax/pie.html
https://mermaid.js.org/syntax/xyChart.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pd_incident_action.text import shorten

if TYPE_CHECKING:
    from pd_incident_action.period import Period

    from .timeline import Timeline

_MOST_SLICES = 8
_MOST_BARS = 31
_LONGEST_LABEL = 40
# Look-alikes of whatever ends a label, begins an entity or a directive, or is HTML.
_HARMLESS = str.maketrans("\"`<>{}[];\\#&%|", "''‹›()(),/♯+٪¦")


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


def over_time(timelines: list[Timeline], period: Period) -> str:
    """Draw how many incidents began on each day, or in each week or month of a long period.

    Args:
        timelines: incidents that began in the period.
        period: the period.

    Returns:
        Mermaid's source, or empty if there are none.
    """
    units = {"day": _days, "week": _weeks, "month": _months}
    for unit, start_of in units.items():
        heights = _empty(period, start_of)
        if len(heights) <= _MOST_BARS or unit == "month":
            for timeline in timelines:
                heights[start_of(timeline.began)] += 1
            shown = {_date(day, unit): height for day, height in heights.items()}
            return bars(f"Incidents per {unit} (UTC)", shown)
    return ""


def label(text: str) -> str:
    """Make any text a label that Mermaid shows between double quotes.

    Args:
        text: any text.

    Returns:
        One line, not too long, in which nothing is syntax.
    """
    line = " ".join(text.split()).translate(_HARMLESS)
    return shorten("".join(c for c in line if c.isprintable()), _LONGEST_LABEL) or "(no name)"
