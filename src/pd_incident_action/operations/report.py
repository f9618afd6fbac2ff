"""Report on the incidents of a period: counts, time to acknowledge and resolve, SLA targets met.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

from pd_incident_action.errors import ActionError, NotApplicable
from pd_incident_action.inputs.fields import (
    Folder,
    InputSpec,
    SeveralOf,
)
from pd_incident_action.inputs.intervals import (
    DailyHours,
    Interval,
    PastMoment,
    parse_daily_period,
    parse_period,
)
from pd_incident_action.metrics.lifecycle import anonymize, fetch_lifecycles
from pd_incident_action.metrics.render import mermaid_charts, render_html
from pd_incident_action.metrics.report import IncidentReport, details, headline, tables
from pd_incident_action.metrics.runs import read_runs, runs_table
from pd_incident_action.models import Outcome, Table
from pd_incident_action.operations._shared.common_inputs import ServiceFilter
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.runner import write_below
from pd_incident_action.text import counted

from .base import Operation

_Format = Literal["json", "csv", "html"]
_OUTPUT = "report-{}"


class Report(Operation):
    name = "report"
    group = "Measuring"
    summary = (
        "Report on the incidents of a period: counts, time to acknowledge and resolve, SLA "
        "targets met, pages by person and level, timelines"
    )
    scopes = ("incidents.read", "services.read")
    port_blueprint = ""
    entity_blueprint = "pagerdutyService"
    outputs = {
        "report-json": "Path of the JSON report below the workspace; empty without `folder`.",
        "report-csv": "Path of the CSV list of incidents below the workspace; empty without "
        "`folder`.",
        "report-html": "Path of the HTML page below the workspace; empty without `folder`, or "
        "without `html` in `format`.",
        "count": "Number of incidents in the report.",
        "mean-time-to-acknowledge": "Mean time to acknowledge (MTTA) in seconds; empty if nothing "
        "was acknowledged.",
        "mean-time-to-resolve": "Mean time to resolve (MTTR) in seconds; empty if nothing was "
        "resolved.",
    }

    class Inputs(ServiceFilter):
        since: Annotated[
            PastMoment,
            InputSpec(
                "Start of the period: a time (UTC unless it has an offset), or how long ago.",
                example="2026-11-01",
                aliases=("start", "start_time"),
                main=("since",),
            ),
        ] = "7d"
        until: Annotated[
            PastMoment,
            InputSpec(
                "End of the period: a time (UTC unless it has an offset), or how long ago.",
                example="2026-12-01",
                aliases=("end", "end_time"),
            ),
        ] = "now"
        night: Annotated[
            DailyHours,
            InputSpec(
                "Night hours, with their time zone; the report counts the pages in them.",
                example="22:00-07:00 Europe/Berlin",
                from_form=False,
            ),
        ] = "22:00-07:00 UTC"
        folder: Annotated[
            Folder | None,
            InputSpec(
                "Folder below the workspace that the files are written into, for a later step to "
                "upload; created if missing. Without it the report is only in the job summary.",
                example="reports",
                trusted=True,
            ),
        ] = None
        format: Annotated[
            SeveralOf[_Format],
            InputSpec(
                "Files to write: any of `json` (all figures and incidents with their timelines), "
                "`csv` (incidents) and `html` (a page to read and to print), separated by commas.",
                example="json, csv, html",
                from_form=False,
            ),
        ] = ("json", "csv")
        runs: Annotated[
            Folder | None,
            InputSpec(
                "File that `metrics-file` has written, or folder with such files (`.jsonl`): the "
                "report then covers the period's runs of this action as well.",
                example="metrics",
                trusted=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        since, until = self.inputs.since, self.inputs.until
        return f"Reporting on the incidents {self.inputs.of_services} since {since} until {until}"

    def run(self) -> Outcome:
        now, pagerduty = datetime.now(UTC), self.context.pagerduty
        period = parse_period(self.inputs.since, self.inputs.until, now)
        services = self.context.names.services(self.inputs.service)
        lifecycles = fetch_lifecycles(
            IncidentLists(pagerduty), period, services, self.context.config, now
        )
        if not lifecycles:
            Services(pagerduty).check_exist(services)
        if self.context.trial.settings.redact_people:
            lifecycles = anonymize(lifecycles)
        report = IncidentReport(period, lifecycles, now, parse_daily_period(self.inputs.night))
        of_runs, warnings, failures = self._sum_up_runs(period)
        paths, more = self._write(report, of_runs)
        stats = report.figures.all
        return Outcome(
            message=headline(report),
            failures=(*failures, *more),
            response=asdict(report.figures),
            outputs={
                **paths,
                "count": str(stats.count),
                "mean-time-to-acknowledge": _to_text(stats.to_acknowledge.mean),
                "mean-time-to-resolve": _to_text(stats.to_resolve.mean),
            },
            log_lines=(*details(report), *(f"Written: {path}" for path in paths.values() if path)),
            tables=(*tables(report), *of_runs),
            charts=mermaid_charts(report),
            warnings=warnings,
        )

    def _sum_up_runs(
        self, period: Interval
    ) -> tuple[tuple[Table, ...], tuple[str, ...], tuple[ActionError, ...]]:
        """Return a table about runs of the action, warnings, and why there is none."""
        name = self.inputs.runs
        if name is None:
            return (), (), ()
        try:
            runs, unknown = read_runs(Path(self.context.identity.workspace), name, period)
        except OSError as error:
            reason = error.strerror or "it can't be read"
            remedy = "name a file that metrics-file has written, or a folder with such files"
            return (), (), (NotApplicable(f"The runs in {name} are unknown", reason, remedy),)
        lines = f"{counted(unknown, 'line')} of {name}"
        warnings = (f"Left out {lines}, which metrics-file hasn't written.",) if unknown else ()
        return (runs_table(runs),), warnings, ()

    def _write(
        self, report: IncidentReport, extra: Sequence[Table]
    ) -> tuple[Mapping[str, str], tuple[ActionError, ...]]:
        """Write the files; if that fails, the rest of the report still stands."""
        outputs = map(_OUTPUT.format, get_args(_Format))
        folder, nothing = self.inputs.folder, dict.fromkeys(outputs, "")
        if folder is None or self.context.dry_run:
            return nothing, ()
        render: dict[str, Callable[[], str]] = {
            "json": report.to_json,
            "csv": report.to_csv,
            "html": lambda: render_html(report, extra),
        }
        paths = {name: f"{folder}/report.{name}".removeprefix("./") for name in self.inputs.format}
        try:
            for name, path in paths.items():
                write_below(Path(self.context.identity.workspace), path, render[name]())
        except OSError as error:
            problem = NotApplicable(
                f"The report was not written to {folder}",
                error.strerror or "the folder can't be written to",
                "use a folder below the workspace that the job may write to",
            )
            return nothing, (problem,)
        return {**nothing, **{_OUTPUT.format(name): path for name, path in paths.items()}}, ()


def _to_text(seconds: int | None) -> str:
    return "" if seconds is None else str(seconds)
