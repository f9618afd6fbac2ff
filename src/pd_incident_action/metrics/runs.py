"""Figures over runs of the action, from the lines that the input ``metrics-file`` collects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from pd_incident_action.inputs.intervals import Interval, humanize
from pd_incident_action.models import Table
from pd_incident_action.runner import path_below

_SUFFIX = ".jsonl"
_MINUTE = 60
# No run has a number as large.
_Number = Annotated[int, Field(ge=0, lt=10**9)]


class Run(BaseModel, frozen=True, strict=True):
    """A line of the file that the input ``metrics-file`` names: a run of the action."""

    operation: str = ""
    at: AwareDatetime
    exit_code: int
    seconds: Annotated[float, Field(ge=0, lt=10**9)]
    time_to_page_ms: _Number | None = None
    retries: _Number = 0
    rate_limit_remaining: _Number | None = None


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
    runs, unknown = [], 0
    for line in "\n".join(texts).splitlines():
        try:
            runs += [Run.model_validate_json(line)] if line.strip() else []
        except ValidationError:
            unknown += 1
    return [one for one in runs if period.start <= one.at <= period.end], unknown


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
    succeeded = sum(one.exit_code == 0 for one in runs)
    pages = [one.time_to_page_ms / 1000 for one in runs if one.time_to_page_ms is not None]
    remaining = [one.rate_limit_remaining for one in runs if one.rate_limit_remaining is not None]
    return (
        str(len(runs)),
        f"{succeeded} of {len(runs)} ({100 * succeeded // len(runs)} %)",
        _mean([one.seconds for one in runs]),
        _mean(pages),
        str(sum(one.retries for one in runs)),
        str(min(remaining)) if remaining else "–",
    )


def _mean(seconds: Sequence[float]) -> str:
    if not seconds:
        return "–"
    mean = fmean(seconds)
    return f"{mean:.1f} s" if mean < _MINUTE else humanize(timedelta(seconds=mean))
