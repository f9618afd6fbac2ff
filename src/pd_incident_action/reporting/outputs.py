"""The step's outputs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pd_incident_action.models import Entity, Outcome

from . import metrics

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


def outputs_of(outcome: Outcome, entities: Sequence[Entity]) -> dict[str, str]:
    """Return an outcome's outputs by name, all of them; what isn't known is empty."""
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
    values["response"] = _json(outcome.response)
    values["incident-ids"] = ",".join(one.id for one in outcome.incidents if one.number)
    if entities:
        values["entity-identifier"] = entities[0].identifier
        values["entity"] = _json({"blueprint": entities[0].blueprint, **entities[0].as_json()})
    return values | dict(outcome.outputs)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
