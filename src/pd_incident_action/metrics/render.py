"""The report drawn: Mermaid charts for the job summary, and a page that needs nothing else.

The page is there to be read, and to be printed on A4. All text in it is escaped, nothing is loaded,
and nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from math import ceil

from pd_incident_action.inputs.intervals import to_iso
from pd_incident_action.models import Table
from pd_incident_action.text import is_web_url, sanitize_unicode, shorten

from .lifecycle import IncidentLifecycle, TargetStatus
from .report import IncidentReport, IncidentStats, headline, humanize_seconds, tables

_MAX_BARS = 31
_MAX_SLICES = 8
_MAX_LABEL = 40
# Replaces whatever ends a label, begins a directive, makes an entity, or is HTML.
_HARMLESS = str.maketrans('"`<>{};\\', "''()(),/")

_MAX_TIMELINES = 25
_MAX_SERVICES = 10
_MAX_NAME = 28
_WIDTH, _HEIGHT, _ROW = 720, 150, 24
_LABEL_WIDTH = 36
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 16mm }}
body {{ font: 14px/1.45 system-ui, sans-serif; color: #1f2328; max-width: 760px; margin: 2rem auto;
  padding: 0 1rem; print-color-adjust: exact }}
h1 {{ font-size: 24px; margin: 0 }}
h2 {{ font-size: 16px; margin: 28px 0 8px; break-after: avoid }}
h3 {{ font-size: 14px; margin: 16px 0 4px; break-after: avoid }}
header p {{ margin: 4px 0 16px; color: #59636e }}
dl {{ display: flex; gap: 8px; margin: 0 }}
dl div {{ flex: 1 0 auto; border: 1px solid #d1d9e0; border-radius: 6px; padding: 8px 10px }}
dt {{ font-size: 12px; color: #59636e }}
dd {{ margin: 0; font-size: 20px; font-weight: 600 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: 4px 8px; border-bottom: 1px solid #d1d9e0 }}
td:first-child {{ overflow-wrap: anywhere; min-width: 7em }}
th {{ font-size: 12px; color: #59636e }}
td {{ font-variant-numeric: tabular-nums }}
tr, section.incident {{ break-inside: avoid }}
ol {{ list-style: none; margin: 0; padding: 0 }}
time {{ display: inline-block; width: 12em; color: #59636e; font-variant-numeric: tabular-nums }}
svg {{ display: block; width: 100%; height: auto; break-inside: avoid }}
svg text {{ font: 11px system-ui, sans-serif; fill: #59636e }}
svg .middle {{ text-anchor: middle }}
svg rect {{ fill: #0969da }}
.missed {{ color: #cf222e }}
a {{ color: inherit }}
@media print {{ body {{ margin: 0; padding: 0; max-width: none; font-size: 12px }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def mermaid_charts(report: IncidentReport) -> tuple[str, ...]:
    """Return the source of each chart that shows anything."""
    services = {name: one.count for name, one in report.figures.by_service.items()}
    charts = (pie("Incidents by service", services), bars(*incidents_over_time(report)))
    return tuple(filter(None, charts))


def pie(title: str, slices: Mapping[str, int]) -> str:
    """Draw a pie chart in Mermaid; small slices are put together. Empty without slices."""
    shown = list(slices.items())
    if len(shown) > _MAX_SLICES:
        rest = sum(number for _, number in shown[_MAX_SLICES - 1 :])
        shown = [*shown[: _MAX_SLICES - 1], ("others", rest)]
    lines = [f'    "{label(name)}" : {number}' for name, number in shown]
    return "\n".join([f"pie showData title {title}", *lines]) if lines else ""


def bars(title: str, heights: Mapping[str, int]) -> str:
    """Draw a bar chart in Mermaid; empty if all bars are."""
    if not any(heights.values()):
        return ""
    labels = ", ".join(f'"{label(name)}"' for name in heights)
    return "\n".join(
        [
            "xychart-beta",
            f'    title "{title}"',
            f"    x-axis [{labels}]",
            f'    y-axis "Incidents" 0 --> {max(heights.values())}',
            f"    bar [{', '.join(map(str, heights.values()))}]",
        ]
    )


def label(text: str) -> str:
    """Return any text as one short line that Mermaid shows between double quotes."""
    line = " ".join(text.split()).translate(_HARMLESS)
    return shorten("".join(c for c in line if c.isprintable()), _MAX_LABEL) or "(no name)"


def incidents_over_time(report: IncidentReport) -> tuple[str, dict[str, int]]:
    """Count the incidents that were created on each day, or in each week or month.

    Returns:
        A title, and the numbers by the label of their bar; of a week that is its Monday.
    """
    period = report.period
    unit = "day" if period.length <= timedelta(days=_MAX_BARS) else "month"
    if unit == "month" and period.length <= timedelta(weeks=_MAX_BARS):
        unit = "week"

    def bar(day: date) -> str:
        if unit == "month":
            return f"{day:%Y-%m}"
        return f"{day - timedelta(days=day.weekday() if unit == 'week' else 0):%m-%d}"

    first, last = period.start.date(), (period.end - timedelta(microseconds=1)).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    numbers = dict.fromkeys(map(bar, days), 0)
    for one in report.lifecycles:
        numbers[bar(one.created_at.date())] += 1
    return f"Incidents per {unit} (UTC)", numbers


def render_html(report: IncidentReport, extra: Sequence[Table] = ()) -> str:
    """Return the report as a page; `extra` are tables to show at its end."""
    over_time, per_unit = incidents_over_time(report)
    busiest = list(report.figures.by_service.items())[:_MAX_SERVICES]
    hours = {f"{hour:02}": 0 for hour in range(24)}
    for page in report.pages:
        hours[f"{page.at.astimezone(report.night.zone):%H}"] += 1
    zone = report.night.zone.tzname(None) or report.night.zone
    body = [
        f"<header><h1>Incident report</h1><p>As of {to_iso(report.now)}</p></header>",
        _tiles(report),
        _chart(over_time, _HEIGHT, _columns(per_unit)),
        _chart("Incidents by service", _ROW * len(busiest), _rows(busiest)),
        _chart(f"Pages by hour of the day ({zone})", _HEIGHT, _columns(hours)),
        *map(_table, (*tables(report), *extra)),
        *_timelines(report),
    ]
    return _PAGE.format(title=_text(f"Incidents {report.period}"), body="\n".join(body))


def _tiles(report: IncidentReport) -> str:
    figures = report.figures
    counts = [one.acknowledge for one in figures.targets_by_severity.values()]
    met, missed = (
        sum(one[status] for one in counts) for status in (TargetStatus.MET, TargetStatus.BREACHED)
    )
    facts = {
        "Incidents": figures.all.count,
        "Mean time to acknowledge": humanize_seconds(figures.all.to_acknowledge.mean),
        "Mean time to resolve": humanize_seconds(figures.all.to_resolve.mean),
        "Acknowledged in time": f"{100 * met // (met + missed)} %" if met + missed else "–",
        "Pages at night": f"{figures.pages_at_night} of {figures.pages}",
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    return f"<p>{_text(headline(report))}</p>\n<dl>{tiles}</dl>"


def _chart(title: str, height: int, shapes: str) -> str:
    name = _text(title)
    drawing = f'<svg role="img" aria-label="{name}" viewBox="0 0 {_WIDTH} {height}">{shapes}</svg>'
    return f"<section><h2>{name}</h2>{drawing}</section>" if shapes else ""


def _columns(heights: Mapping[str, int]) -> str:
    """Draw columns, each with its number; nothing if all are empty."""
    highest = max(heights.values())
    if not highest:
        return ""
    step, parts = _WIDTH / len(heights), []
    labelled = ceil(_LABEL_WIDTH / step)
    for number, (name, height) in enumerate(heights.items()):
        left, length = number * step, (_HEIGHT - 36) * height / highest
        middle, top = left + step / 2, _HEIGHT - 18 - length
        below, above = "" if number % labelled else name, height or ""
        parts.append(
            f'<rect x="{left + step * 0.1:.1f}" y="{top:.1f}" width="{step * 0.8:.1f}" '
            f'height="{length:.1f}"/>'
            f'<text class="middle" x="{middle:.1f}" y="{_HEIGHT - 4}">{below}</text>'
            f'<text class="middle" x="{middle:.1f}" y="{top - 4:.1f}">{above}</text>'
        )
    return "".join(parts)


def _rows(groups: Sequence[tuple[str, IncidentStats]]) -> str:
    """Draw bars from left to right, one below the other, the longest first."""
    parts = []
    for number, (name, one) in enumerate(groups):
        y, width = number * _ROW, (_WIDTH - 240) * one.count / groups[0][1].count
        parts.append(
            f'<text x="190" y="{y + 16}" text-anchor="end">{_text(shorten(name, _MAX_NAME))}</text>'
            f'<rect x="200" y="{y + 4}" width="{width:.1f}" height="{_ROW - 8}"/>'
            f'<text x="{206 + width:.1f}" y="{y + 16}">{one.count}</text>'
        )
    return "".join(parts)


def _table(table: Table) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in row)

    head = f"<thead><tr>{cells('th', table.columns)}</tr></thead>"
    rows = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in table.rows)
    whole = f"<table>{head}<tbody>{rows}</tbody></table>"
    return f"<section><h2>{_text(table.title)}</h2>{whole}</section>" if table.rows else ""


def _timelines(report: IncidentReport) -> Iterator[str]:
    """Render the timelines of the longest incidents, those with missed targets first."""

    def weight(one: IncidentLifecycle) -> tuple[bool, timedelta]:
        statuses = {one.acknowledge_status, one.resolve_status}
        return TargetStatus.BREACHED in statuses, one.time_to_resolve or one.age

    known = [one for one in report.lifecycles if one.events]
    longest = sorted(known, key=weight, reverse=True)[:_MAX_TIMELINES]
    if longest:
        yield f"<h2>Timelines: {len(longest)} of {len(known)}, missed targets first</h2>"
    for one in longest:
        name = _text(one.incident.name or one.incident.id)
        if is_web_url(one.incident.url):
            name = f'<a href="{escape(one.incident.url)}">{name}</a>'
        missed = ' <span class="missed">target missed</span>' if weight(one)[0] else ""
        events = "".join(
            f"<li><time>{to_iso(event.at)}</time> {_text(str(event))}</li>" for event in one.events
        )
        yield (
            f'<section class="incident"><h3>{name}{missed}</h3>'
            f"<p>{_text(one.service)}, {_text(one.status)}</p><ol>{events}</ol></section>"
        )


def _text(value: str) -> str:
    return escape(sanitize_unicode(value))
