"""What became of an incident, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .targets import NO_TARGETS, Targets, targets_for

if TYPE_CHECKING:
    from pd_incident_action.config.model import Config
    from pd_incident_action.models import Incident

Verdict = Literal["kept", "missed", "pending", ""]


@dataclass(frozen=True)
class Timeline:
    """An incident's course.

    Attributes:
        incident: the incident.
        began: when it was opened.
        acknowledged: when somebody first acknowledged it, or None.
        resolved: when it was resolved, or None.
        merged: whether it ended by being merged into another: then it was never resolved itself.
        targets: how soon it was to be answered.
    """

    incident: Incident
    began: datetime
    acknowledged: datetime | None = None
    resolved: datetime | None = None
    merged: bool = False
    targets: Targets = NO_TARGETS

    @property
    def status(self) -> str:
        """PagerDuty's status, or ``merged``, which PagerDuty calls resolved as well."""
        return "merged" if self.merged else self.incident.status

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to resolve it."""
        return self.resolved is None and not self.merged

    @property
    def to_acknowledge(self) -> timedelta | None:
        """How long it took until somebody acknowledged it, or None."""
        return None if self.acknowledged is None else self._after(self.acknowledged)

    @property
    def to_resolve(self) -> timedelta | None:
        """How long it took to resolve it, or None."""
        return None if self.resolved is None or self.merged else self._after(self.resolved)

    def age(self, now: datetime) -> timedelta:
        """How long ago it was opened."""
        return self._after(now)

    def acknowledge_verdict(self, now: datetime) -> Verdict:
        """Judge it by its target to acknowledge; resolving it at once counts as well.

        Args:
            now: the present.

        Returns:
            Whether the target was kept or missed, or is still to be kept; empty without one.
        """
        answered = self.to_resolve if self.acknowledged is None else self.to_acknowledge
        return self._verdict(self.targets.acknowledge_within, answered, now)

    def resolve_verdict(self, now: datetime) -> Verdict:
        """Judge it by its target to resolve, as `acknowledge_verdict` does."""
        return self._verdict(self.targets.resolve_within, self.to_resolve, now)

    def _verdict(self, target: timedelta | None, took: timedelta | None, now: datetime) -> Verdict:
        if target is None or (self.merged and took is None):
            return ""
        if (self.age(now) if took is None else took) > target:
            return "missed"
        return "pending" if took is None else "kept"

    def _after(self, moment: datetime) -> timedelta:
        return max(timedelta(), moment - self.began)


def timeline_of(
    json: Mapping[str, Any], acknowledged: datetime | None, config: Config
) -> Timeline | None:
    """Read an incident's course.

    Args:
        json: the incident as PagerDuty lists it.
        acknowledged: when its log says that it was first acknowledged, or None.
        config: the configuration file, for the targets.

    Returns:
        The course; None if PagerDuty doesn't say when the incident began.
    """
    incident = PagerDutyIncident.read(dict(json)).to_incident()
    began = parse_iso(incident.created_at)
    if began is None:
        return None
    resolved_at = json.get("resolved_at") or json.get("last_status_change_at")
    reason = json.get("resolve_reason") or {}
    return Timeline(
        incident,
        began,
        acknowledged or _earliest(json.get("acknowledgements") or ()),
        parse_iso(resolved_at) if incident.status == "resolved" else None,
        reason.get("type") == "merge_resolve_reason",
        targets_for(json, config),
    )


def _earliest(acknowledgements: Any) -> datetime | None:  # noqa: ANN401 - JSON
    moments = [parse_iso(one.get("at")) for one in acknowledgements]
    return min((moment for moment in moments if moment), default=None)
