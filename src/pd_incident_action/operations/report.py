"""Report on the incidents of a period: how many, how soon answered, which targets were kept.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.errors import ActionError, NotApplicable
from pd_incident_action.inputs.fields import Folder, InputSpec
from pd_incident_action.inputs.intervals import PastMoment, parse_period
from pd_incident_action.metrics.charts import over_time, pie
from pd_incident_action.metrics.fetch import read_timelines
from pd_incident_action.metrics.files import csv_text, json_text
from pd_incident_action.metrics.render import details, headline, tables
from pd_incident_action.metrics.report import IncidentReport
from pd_incident_action.metrics.stats import figures_of
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.service_filter import ServiceFilter
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.workspace import write_below

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = {"report-json": "report.json", "report-csv": "report.csv"}


class Report(Operation):
    """Report on the incidents of a period: how many, how soon answered, targets kept."""

    name = "report"
    summary = "Report on the incidents of a period: how many, how soon answered, targets kept"
    scopes = ("incidents.read", "services.read")
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "report-json": "Path of the report as JSON below the workspace; empty without `folder`.",
        "report-csv": "Path of the list of incidents as CSV below the workspace; empty without "
        "`folder`.",
        "count": "Number of incidents that it is about.",
        "mean-time-to-acknowledge": "Mean time to acknowledge in seconds; empty if nothing was "
        "acknowledged.",
        "mean-time-to-resolve": "Mean time to resolve in seconds; empty if nothing was resolved.",
    }

    class Inputs(ServiceFilter):
        """The inputs of `report`."""

        since: Annotated[
            PastMoment,
            InputSpec(
                "Beginning of the period: a time (in UTC unless it says otherwise), or "
                "how long ago.",
                example="2026-11-01",
            ),
        ] = "7d"
        until: Annotated[
            PastMoment,
            InputSpec(
                "End of the period: a time (in UTC unless it says otherwise), or how long ago.",
                example="2026-12-01",
            ),
        ] = "now"
        folder: Annotated[
            Folder | None,
            InputSpec(
                "Folder below the workspace that `report.json` and `report.csv` are written into, "
                "for a later step to upload; it is made where it isn't there. Without it the "
                "report is in the job summary alone.",
                example="reports",
                trusted=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        since, until = self.inputs.since, self.inputs.until
        return f"Reporting on the incidents {self.inputs.of_services} since {since} until {until}"

    def run(self) -> Outcome:
        """Read what became of the incidents of a period, and lay it out.

        Returns:
            The report, as text, tables, charts and files.

        Raises:
            InputError: the period is in the future, or ends before it begins.
            ActionError: there is no such service, or PagerDuty wasn't reached.
        """
        now = datetime.now(UTC)
        period = parse_period(self.inputs.since, self.inputs.until, now)
        services = self.context.names.services(self.inputs.service)
        timelines = read_timelines(self.context.pagerduty, period, services, self.context.config)
        if not timelines:
            Services(self.context.pagerduty).check_exist(services)
        report = IncidentReport(period, timelines, now)
        paths, failures = _write(self.inputs, report, self.context)
        figures = figures_of(timelines)
        return Outcome(
            message=headline(report),
            failures=failures,
            response=report.figures_json(),
            outputs={
                **paths,
                "count": str(figures.count),
                "mean-time-to-acknowledge": _text(figures.to_acknowledge.mean),
                "mean-time-to-resolve": _text(figures.to_resolve.mean),
            },
            lines=(*details(report), *(f"Written: {path}" for path in paths.values() if path)),
            tables=tables(report),
            charts=_charts(report),
        )


def _write(
    request: Report.Inputs, report: IncidentReport, tools: OperationContext
) -> tuple[Mapping[str, str], tuple[ActionError, ...]]:
    """Write the files; what goes wrong with them doesn't take the rest of the report along."""
    nowhere = dict.fromkeys(_FILES, "")
    if request.folder is None or tools.dry_run:
        return nowhere, ()
    texts = {"report-json": json_text(report), "report-csv": csv_text(report)}
    paths = {
        output: f"{request.folder}/{name}".removeprefix("./") for output, name in _FILES.items()
    }
    try:
        for output, path in paths.items():
            write_below(Path(tools.identity.workspace), path, texts[output])
    except OSError as error:
        problem = NotApplicable(
            f"The report was not written to {request.folder}",
            error.strerror or "the folder can't be written to",
            "use a folder below the workspace that the job may write to",
        )
        return nowhere, (problem,)
    return paths, ()


def _charts(report: IncidentReport) -> tuple[str, ...]:
    by_service = {name: len(group) for name, group in report.by_service().items()}
    charts = (pie("Incidents by service", by_service), over_time(report.timelines, report.period))
    return tuple(filter(None, charts))


def _text(seconds: int | None) -> str:
    return "" if seconds is None else str(seconds)
