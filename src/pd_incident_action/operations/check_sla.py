"""Find open incidents that breach their SLA targets, note it on them, and warn or fail.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pd_incident_action.config.location import DEFAULT_PATHS
from pd_incident_action.errors import ActionError, NotApplicable, SlaBreached
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.metrics.lifecycle import has_targets
from pd_incident_action.metrics.sla_breaches import SlaBreach, find_sla_breaches, note_breach
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.common_inputs import ServiceFilter
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.services import Services

from .base import Operation

_MAX_NAMED = 10


class CheckSla(Operation):
    """Find open incidents that breach their SLA targets, and warn or fail."""

    name = "check-sla"
    summary = "Find open incidents that breach their SLA targets, and warn or fail"
    scopes = ("incidents.read", "incidents.write", "services.read")
    port_blueprint = "pagerdutyService"
    needs_config = True
    outputs = {
        "breached": "Ids of the open incidents that breach an SLA target, separated by commas.",
        "count": "Number of open incidents that breach an SLA target.",
    }

    class Inputs(ServiceFilter):
        """The inputs of `check-sla`."""

        fail: Annotated[
            bool,
            InputSpec(
                "`true` makes the step fail when an open incident breaches its SLA target; "
                "otherwise that is a warning.",
                example="true",
            ),
        ] = False

    inputs: Inputs

    def start_message(self) -> str:
        return f"Checking the open incidents {self.inputs.of_services} against their SLA targets"

    def run(self) -> Outcome:
        if not has_targets(self.context.config):
            raise NotApplicable(
                "There are no SLA targets to check",
                "no severity of the configuration file has acknowledge-within or resolve-within",
                f"add them to {DEFAULT_PATHS[0]}, and check the repository out before this step",
            )
        pagerduty = self.context.pagerduty
        services = self.context.names.services(self.inputs.service)
        incidents = self.context.incidents.list_open(services)
        if not incidents:
            Services(pagerduty).check_exist(services)
        lists, now = IncidentLists(pagerduty), datetime.now(UTC)
        breaches = find_sla_breaches(lists, incidents, self.context.config, now)
        found, messages = [one.incident for one in breaches], tuple(map(str, breaches))
        return Outcome(
            message=_message(breaches, len(incidents)),
            incident=found[0] if found else None,
            related_incidents=tuple(found[1:]),
            failures=tuple(map(SlaBreached, messages)) if self.inputs.fail else (),
            response={"incidents": [one.raw for one in incidents]},
            outputs={"breached": ",".join(one.id for one in found), "count": str(len(found))},
            warnings=(() if self.inputs.fail else messages) + self._note(breaches),
        )

    def _note(self, breaches: Sequence[SlaBreach]) -> tuple[str, ...]:
        """Note the breaches on the incidents; return warnings about notes that failed."""
        results = map_concurrently(partial(note_breach, self.context.pagerduty), breaches)
        return tuple(
            f"Incident {breach.incident.name} may lack the note of its missed target: {result}"
            for breach, result in zip(breaches, results, strict=True)
            if isinstance(result, ActionError)
        )


def _message(breaches: Sequence[SlaBreach], count: int) -> str:
    if not count:
        return "No incident is open."
    incidents = f"open incident{'s' if count > 1 else ''}"
    if not breaches:
        return f"None of {count} {incidents} breaches its SLA target."
    names = [one.incident.name for one in breaches[:_MAX_NAMED]]
    more = f" and {len(breaches) - len(names)} more" if len(breaches) > len(names) else ""
    verb = "breaches its SLA target" if len(breaches) == 1 else "breach their SLA targets"
    return f"{len(breaches)} of {count} {incidents} {verb}: {', '.join(names)}{more}."
