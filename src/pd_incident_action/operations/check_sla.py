"""Find open incidents that are past their targets, note it on them, and warn or fail.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.config.model import DEFAULT_PATH
from pd_incident_action.errors import ActionError, NotApplicable, SlaBreached
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.metrics.sla_breaches import SlaBreach, find_overdue, note_overdue
from pd_incident_action.metrics.targets import has_targets
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.service_filter import ServiceFilter
from pd_incident_action.pagerduty.incident_history import History
from pd_incident_action.pagerduty.services import Services

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMED = 10


class CheckSla(Operation):
    """Find open incidents that are past their targets, and warn or fail."""

    name = "check-sla"
    summary = "Find open incidents that are past their targets, and warn or fail"
    scopes = ("incidents.read", "incidents.write", "services.read")
    port_blueprint = "pagerdutyService"
    needs_config = True
    outputs = {
        "breached": "Ids of the open incidents that are past a target, separated by commas.",
        "count": "Number of open incidents that are past a target.",
    }

    class Inputs(ServiceFilter):
        """The inputs of `check-sla`."""

        fail: Annotated[
            bool,
            InputSpec(
                "`true` makes the step fail when an open incident is past its target; otherwise "
                "that is a warning.",
                example="true",
            ),
        ] = False

    inputs: Inputs

    def start_message(self) -> str:
        return f"Checking the open incidents {self.inputs.of_services} against their targets"

    def run(self) -> Outcome:
        """Compare what is open with the configuration file's targets, and tell the responders.

        Returns:
            The incidents that are past a target, with a warning or a failure for each.

        Raises:
            Impossible: the configuration file has no targets.
            ActionError: there is no such service, or PagerDuty wasn't reached.
        """
        if not has_targets(self.context.config):
            raise NotApplicable(
                "There are no targets to check",
                "no severity of the configuration file has acknowledge-within or resolve-within",
                f"add them to {DEFAULT_PATH}, and check the repository out before this step",
            )
        history, services = (
            History(self.context.pagerduty),
            self.context.names.services(self.inputs.service),
        )
        incidents = history.open_incidents(services)
        if not incidents:
            Services(self.context.pagerduty).check_exist(services)
        found = find_overdue(history, incidents, self.context.config, datetime.now(UTC))
        messages = tuple(f"{one.humanize}." for one in found)
        ids = ",".join(one.timeline.incident.id for one in found)
        return Outcome(
            message=_message(found, len(incidents)),
            incident=found[0].timeline.incident if found else None,
            others=tuple(one.timeline.incident for one in found[1:]),
            failures=tuple(map(SlaBreached, messages)) if self.inputs.fail else (),
            response={"incidents": incidents},
            outputs={"breached": ids, "count": str(len(found))},
            warnings=(() if self.inputs.fail else messages) + _note(found, self.context),
        )


def _note(found: Sequence[SlaBreach], tools: OperationContext) -> tuple[str, ...]:
    """Tell the responders; give sentences about the notes that couldn't be written."""
    if not found:
        return ()
    results = map_concurrently(partial(note_overdue, tools.pagerduty), found)
    return tuple(
        f"Incident {one.timeline.incident.name} has no note of its missed target: {result}"
        for one, result in zip(found, results, strict=True)
        if isinstance(result, ActionError)
    )


def _message(found: Sequence[SlaBreach], count: int) -> str:
    if not count:
        return "No incident is open."
    if not found:
        return f"Of {count} open incident{'s' if count > 1 else ''} none is past its target."
    names = [one.timeline.incident.name for one in found[:_MOST_NAMED]]
    more = f" and {len(found) - len(names)} more" if len(found) > len(names) else ""
    verb = "is past its target" if len(found) == 1 else "are past their targets"
    return f"{len(found)} of {count} open incidents {verb}: {', '.join(names)}{more}."
