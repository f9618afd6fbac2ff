"""The report on a period: its figures as JSON, its incidents as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pd_incident_action.inputs.intervals import to_iso

from .lifecycle import Timeline
from .stats import figures_of, grouped, kept_targets

if TYPE_CHECKING:
    from pd_incident_action.inputs.intervals import Interval

COLUMNS = (
    "number",
    "id",
    "title",
    "status",
    "urgency",
    "priority",
    "service",
    "severity",
    "created_at",
    "acknowledged_at",
    "resolved_at",
    "seconds_to_acknowledge",
    "seconds_to_resolve",
    "acknowledge_target",
    "resolve_target",
    "url",
)
"""What is told of each incident: the keys of a row, and the columns of the CSV file."""

_NO_SERVICE = "(no service)"


@dataclass(frozen=True)
class IncidentReport:
    """What happened in a period.

    Attributes:
        period: the period.
        timelines: what became of each incident that began in it, oldest first.
        now: when it was looked at.
    """

    period: Interval
    timelines: Sequence[Timeline]
    now: datetime

    def by_service(self) -> dict[str, list[Timeline]]:
        """Sort the incidents by the service's name, the largest group first."""
        return dict(grouped(self.timelines, service_of))

    def by_urgency(self) -> dict[str, list[Timeline]]:
        """Sort the incidents by urgency, the largest group first."""
        return dict(grouped(self.timelines, lambda one: one.incident.urgency))

    def by_severity(self) -> dict[str, list[Timeline]]:
        """Sort the incidents that have a target by severity, the largest group first."""
        promised = [
            one
            for one in self.timelines
            if one.targets.acknowledge_within or one.targets.resolve_within
        ]
        return dict(grouped(promised, lambda one: one.targets.severity))

    def by_status(self) -> dict[str, int]:
        """Count the incidents by what became of them, the largest number first."""
        groups = grouped(self.timelines, lambda one: one.status)
        return {status: len(group) for status, group in groups.items()}

    def longest_open(self, most: int) -> list[Timeline]:
        """List the incidents that have been open for longest.

        Args:
            most: how many at most.

        Returns:
            The incidents, the oldest first.
        """
        still_open = [one for one in self.timelines if one.is_open]
        return sorted(still_open, key=lambda one: one.began)[:most]

    def figures_json(self) -> dict[str, Any]:
        """Give all figures as JSON values, without the incidents themselves."""
        return {
            "since": self.period.start_iso,
            "until": self.period.end_iso,
            "generated_at": to_iso(self.now),
            "incidents_by_status": self.by_status(),
            "all": asdict(figures_of(self.timelines)),
            "by_service": _figures(self.by_service()),
            "by_urgency": _figures(self.by_urgency()),
            "targets_by_severity": {
                severity: self._targets(group) for severity, group in self.by_severity().items()
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """Give each incident as JSON values, by the names in `COLUMNS`."""
        return [self._row(one) for one in self.timelines]

    def _targets(self, group: Sequence[Timeline]) -> dict[str, Any]:
        judges = {
            "acknowledge": Timeline.acknowledge_verdict,
            "resolve": Timeline.resolve_verdict,
        }
        return {
            name: asdict(kept_targets(group, judge, self.now)) for name, judge in judges.items()
        }

    def _row(self, one: Timeline) -> dict[str, Any]:
        incident = one.incident
        values = (
            incident.number,
            incident.id,
            incident.title,
            one.status,
            incident.urgency,
            incident.priority,
            incident.service,
            one.targets.severity,
            to_iso(one.began),
            _when_known(one.acknowledged, to_iso),
            _when_known(one.resolved, to_iso),
            _when_known(one.to_acknowledge, _seconds),
            _when_known(one.to_resolve, _seconds),
            one.acknowledge_verdict(self.now),
            one.resolve_verdict(self.now),
            incident.url,
        )
        return dict(zip(COLUMNS, values, strict=True))


def service_of(timeline: Timeline) -> str:
    """Name the service that an incident is about."""
    return timeline.incident.service or timeline.incident.service_id or _NO_SERVICE


def _figures(groups: dict[str, list[Timeline]]) -> dict[str, Any]:
    return {name: asdict(figures_of(group)) for name, group in groups.items()}


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())


def _when_known(value: Any, show: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - JSON values
    return None if value is None else show(value)
