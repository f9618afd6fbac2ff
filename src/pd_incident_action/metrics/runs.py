"""Figures over runs of the action, from the lines that the input ``metrics-file`` collects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean

from pd_incident_action.inputs.intervals import Interval, humanize, parse_iso
from pd_incident_action.models import Table
from pd_incident_action.runner import path_below
from pd_incident_action.text import try_json

_SUFFIX = ".jsonl"
_MINUTE = 60
# No run has a number as large.
_LARGEST = 10**9


@dataclass(frozen=True)
class Run:
    """A run of the action.

    Attributes:
        to_page: seconds until PagerDuty had the page; None where nobody was paged.
        remaining: requests that the rate limit had left.
    """

    operation: str
    at: datetime
    has_succeeded: bool
    seconds: float
    to_page: float | None
    retries: int
    remaining: int | None


def read_runs(root: Path, name: str, period: Interval) -> tuple[list[Run], int]:
    """Read the runs of a period from a file, or from all ``.jsonl`` files below a folder.

    Returns:
        The runs, and how many lines aren't about one.

    Raises:
        OSError: there is nothing of that name in the workspace, or it can't be read.
    """
    top = root.resolve()
    path = top if name == "." else path_below(top, name)
    found = sorted(filter(Path.is_file, path.rglob(f"*{_SUFFIX}"))) if path.is_dir() else [path]
    # A link that leads out of the workspace is refused.
    files = [path_below(top, str(one.relative_to(top))) for one in found]
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    runs = list(map(_read, lines))
    known = [one for one in runs if one]
    return [one for one in known if period.start <= one.at <= period.end], len(runs) - len(known)


def runs_table(runs: Iterable[Run]) -> Table:
    """Return the figures of each operation's runs, and of all."""
    groups: dict[str, list[Run]] = {}
    for one in sorted(runs, key=lambda one: one.operation):
        groups.setdefault(one.operation, []).append(one)
    if len(groups) > 1:
        groups["all"] = [one for group in groups.values() for one in group]
    columns = (
        "Operation",
        "Runs",
        "Succeeded",
        "Mean time",
        "Mean time to page",
        "Retries",
        "Lowest rate limit remaining",
    )
    rows = tuple((name, *_cells(group)) for name, group in groups.items())
    return Table("Runs of this action", columns, rows)


def _cells(runs: Sequence[Run]) -> tuple[str, ...]:
    succeeded = sum(one.has_succeeded for one in runs)
    remaining = [one.remaining for one in runs if one.remaining is not None]
    return (
        str(len(runs)),
        f"{succeeded} of {len(runs)} ({100 * succeeded // len(runs)} %)",
        _mean(one.seconds for one in runs),
        _mean(one.to_page for one in runs if one.to_page is not None),
        str(sum(one.retries for one in runs)),
        str(min(remaining)) if remaining else "–",
    )


def _mean(seconds: Iterable[float]) -> str:
    found = list(seconds)
    if not found:
        return "–"
    mean = fmean(found)
    return f"{mean:.1f} s" if mean < _MINUTE else humanize(timedelta(seconds=mean))


def _read(line: str) -> Run | None:
    record = try_json(line)
    if not isinstance(record, dict):
        return None
    at, code = parse_iso(record.get("at")), record.get("exit_code")
    seconds, page = _number(record.get("seconds")), _number(record.get("time_to_page_ms"))
    if at is None or seconds is None or not isinstance(code, int):
        return None
    remaining = _number(record.get("rate_limit_remaining"))
    return Run(
        operation=str(record.get("operation")),
        at=at,
        has_succeeded=code == 0,
        seconds=seconds,
        to_page=None if page is None else page / 1000,
        retries=int(_number(record.get("retries")) or 0),
        remaining=None if remaining is None else int(remaining),
    )


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST else None
