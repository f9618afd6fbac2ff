"""The step's outputs."""

from __future__ import annotations

from collections.abc import Sequence

from pd_incident_action.models import Entity, Outcome

from . import metrics
from .json_output import to_json

DESCRIPTIONS = {
    "incident-id": "Id of the incident at the provider, the first of several; empty if only an "
    "alert is known.",
    "incident-ids": "Ids of all incidents of this run, separated by commas; the input `incident` "
    "accepts this.",
    "incident-number": "Number of the incident.",
    "incident-url": "URL of the incident's page.",
    "incident-status": "Status of the incident: `triggered`, `acknowledged` or `resolved`; with a "
    "provider other than PagerDuty the name of its status.",
    "incident-urgency": "Urgency of the incident: `high` or `low`.",
    "dedup-key": "Key by which PagerDuty deduplicates the incident or alert.",
    "assignees": "Names of the incident's assignees, separated by commas.",
    "escalation-policy": "Name of the incident's escalation policy.",
    "created": "`true` if this run created the incident, `false` if it was already open; empty if "
    "unknown, for example for an event sent without a REST API key.",
    "entity-identifier": "Identifier of the entity in Port, the first of several.",
    "entity": "The Port entity as JSON, whether or not it could be written.",
    "response": "The provider's response as JSON.",
    "plan": "In a dry run, the requests and the catalog changes of a real run, as JSON.",
    **metrics.DESCRIPTIONS,
}


def outputs_of(
    outcome: Outcome, entities: Sequence[Entity]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return an outcome's outputs, and warnings about those that were too long.

    Returns:
        All outputs by name, those that aren't known empty; and the warnings.
    """
    incident = outcome.incident
    values: dict[str, str] = dict.fromkeys(DESCRIPTIONS, "")
    if incident is not None:
        values |= {
            "incident-id": incident.id if incident.number else "",
            "incident-number": str(incident.number or ""),
            "incident-url": incident.url,
            "incident-status": incident.status,
            "incident-urgency": incident.urgency,
            "assignees": ", ".join(incident.assignees),
            "escalation-policy": incident.escalation_policy,
        }
    values["dedup-key"] = outcome.dedup_key
    values["created"] = "" if outcome.created is None else str(outcome.created).lower()
    values["incident-ids"] = ",".join(one.id for one in outcome.incidents if one.number)
    in_json: dict[str, object] = {"response": outcome.response}
    if entities:
        values["entity-identifier"] = entities[0].identifier
        in_json["entity"] = {"blueprint": entities[0].blueprint, **entities[0].as_json()}
    in_json |= {name: one for name, one in outcome.outputs.items() if not isinstance(one, str)}
    values |= {name: one for name, one in outcome.outputs.items() if isinstance(one, str)}
    warnings = []
    for name, value in in_json.items():
        values[name], warning = to_json(name, value)
        warnings += [warning] if warning else []
    return values, tuple(warnings)
