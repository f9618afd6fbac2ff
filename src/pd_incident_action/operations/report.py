"""Report on the incidents of a period: counts, time to acknowledge and resolve, SLA targets met.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pd_incident_action.errors import ActionError, NotApplicable
from pd_incident_action.inputs.fields import Folder, InputSpec
from pd_incident_action.inputs.intervals import PastMoment, parse_period
from pd_incident_action.metrics.lifecycle import fetch_lifecycles
from pd_incident_action.metrics.render import details, headline, incidents_over_time, pie, tables
from pd_incident_action.metrics.report import IncidentReport, calculate_stats
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.common_inputs import ServiceFilter
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.runner import write_below

from .base import Operation

_FILES = {"report-json": "report.json", "report-csv": "report.csv"}


class Report(Operation):
    name = "report"
    group = "Measuring"
    summary = (
        "Report on the incidents of a period: counts, time to acknowledge and resolve, SLA "
        "targets met"
    )
    scopes = ("incidents.read", "services.read")
    port_blueprint = ""
    entity_blueprint = "pagerdutyService"
    outputs = {
        "report-json": "Path of the JSON report below the workspace; empty without `folder`.",
        "report-csv": "Path of the CSV list of incidents below the workspace; empty without "
        "`folder`.",
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
        folder: Annotated[
            Folder | None,
            InputSpec(
                "Folder below the workspace that `report.json` and `report.csv` are written into, "
                "for a later step to upload; created if missing. Without it the report is only in "
                "the job summary.",
                example="reports",
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
            IncidentLists(pagerduty), period, services, self.context.config
        )
        if not lifecycles:
            Services(pagerduty).check_exist(services)
        report = IncidentReport(period, lifecycles, now)
        paths, failures = self._write(report)
        stats = calculate_stats(lifecycles)
        return Outcome(
            message=headline(report),
            failures=failures,
            response=report.figures(),
            outputs={
                **paths,
                "count": str(stats.count),
                "mean-time-to-acknowledge": _to_text(stats.to_acknowledge.mean),
                "mean-time-to-resolve": _to_text(stats.to_resolve.mean),
            },
            log_lines=(*details(report), *(f"Written: {path}" for path in paths.values() if path)),
            tables=tables(report),
            charts=_charts(report),
        )

    def _write(self, report: IncidentReport) -> tuple[Mapping[str, str], tuple[ActionError, ...]]:
        """Write the files; if that fails, the rest of the report still stands."""
        folder, nothing = self.inputs.folder, dict.fromkeys(_FILES, "")
        if folder is None or self.context.dry_run:
            return nothing, ()
        texts = {"report-json": report.to_json(), "report-csv": report.to_csv()}
        paths = {output: f"{folder}/{name}".removeprefix("./") for output, name in _FILES.items()}
        try:
            for output, path in paths.items():
                write_below(Path(self.context.identity.workspace), path, texts[output])
        except OSError as error:
            problem = NotApplicable(
                f"The report was not written to {folder}",
                error.strerror or "the folder can't be written to",
                "use a folder below the workspace that the job may write to",
            )
            return nothing, (problem,)
        return paths, ()


def _charts(report: IncidentReport) -> tuple[str, ...]:
    by_service = {name: len(group) for name, group in report.by_service().items()}
    charts = (
        pie("Incidents by service", by_service),
        incidents_over_time(report.lifecycles, report.period),
    )
    return tuple(filter(None, charts))


def _to_text(seconds: int | None) -> str:
    return "" if seconds is None else str(seconds)
