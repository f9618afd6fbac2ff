"""What a severity sets off on its incidents: responders, incident workflows, a status update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pd_incident_action import providers
from pd_incident_action.config.model import SeverityPolicy
from pd_incident_action.errors import ActionError
from pd_incident_action.identity import derive_key
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationContext, OperationInputs
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.provider import open_for

Effect = tuple[type[Operation], OperationInputs]


def set_off(context: OperationContext, severity: str | None, outcome: Outcome) -> Outcome:
    """Set off what a severity does, once in each incident's life; what fails is a warning."""
    severity = severity or ""
    policy = context.config.severity(severity)
    if policy is None:
        return outcome
    lines, warnings = [], []
    for incident in outcome.incidents:
        # Nothing can be done to an alert whose incident isn't known, nor need be to a resolved one.
        is_open = incident.raw and incident.status != "resolved"
        for kind, inputs in _effects(policy, incident.id) if is_open else ():
            key = derive_key([incident.id, severity.casefold(), kind.name, inputs.model_dump()])
            try:
                done = _run(kind, inputs, context, key, is_new=outcome.created is True)
            except ActionError as error:
                warnings.append(
                    f"Incident {incident.name} is open, but not everything that {severity} sets "
                    f"off was done: {error}"
                )
            else:
                lines.append(done.message)
                warnings += done.warnings
    return replace(
        outcome,
        log_lines=(*outcome.log_lines, *lines),
        warnings=(*outcome.warnings, *warnings),
    )


def _effects(policy: SeverityPolicy, incident: str) -> Iterator[Effect]:
    """List what to do to an incident, what pages people first."""
    if policy.responders or policy.responder_policy:
        responders = {
            "responders": policy.responders or None,
            "escalation_policy": policy.responder_policy,
        }
        yield _effect("add-responders", incident, **responders)
    for workflow in policy.workflows:
        yield _effect("run-workflow", incident, workflow=workflow)
    if policy.status_update:
        yield _effect("status-update", incident, message=policy.status_update)


def _effect(name: str, incident: str, **inputs: object) -> Effect:
    """Load an operation, of which few runs need any."""
    kind = providers.find(providers.DEFAULT).load_operation(name)
    return kind, kind.Inputs.model_validate({"incident": incident, **inputs})


def _run(
    kind: type[Operation],
    inputs: OperationInputs,
    context: OperationContext,
    key: str,
    *,
    is_new: bool,
) -> Outcome:
    """Run an operation, unless a note on an incident that isn't new shows that it was run."""
    context = replace(context, step_key=key, is_port_run=not is_new)
    # An app's token has the scopes of the page alone, so that one that lacks others can page.
    trial, pagerduty = context.trial_clients, context.find(PagerDuty)
    if trial and pagerduty:
        context = context.with_client(open_for(pagerduty, trial, kind.scopes))
    operation = kind(inputs, context)
    return operation.leave_note(operation.run())
