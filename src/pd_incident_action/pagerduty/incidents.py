"""PagerDuty's incidents: one method for each endpoint of REST API v2 in use.

https://developer.pagerduty.com/api-reference/ under Incidents and Incident Workflows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pd_incident_action.http.messages import build_path

from .client import Json, reference
from .models import OPEN_STATUSES, Note, PagerDutyIncident
from .plan_errors import requires_plan_feature

if TYPE_CHECKING:
    from .client import PagerDuty


class Incidents:
    """PagerDuty's incidents.

    Args:
        pagerduty: the REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def create(self, incident: Json) -> PagerDutyIncident:
        """POST /incidents: open an incident, which pages.

        Args:
            incident: the body's ``incident``, with an ``incident_key`` so that a repetition
                is recognised.

        Returns:
            The incident as PagerDuty shows it.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; code 2002 also means that an open
                incident has the key.
        """
        body = {"incident": incident}
        created = self._pagerduty.write(
            "POST", "/incidents", "create the incident", body, "incident"
        )
        return PagerDutyIncident.read(created)

    def update(self, incident_id: str, action: str, changes: Json) -> PagerDutyIncident:
        """PUT /incidents/{id}: change an incident.

        Args:
            incident_id: PagerDuty's id.
            action: what the change is for, as in "PagerDuty did not <escalate the incident>".
            changes: the members to change.

        Returns:
            The incident as it now is.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        body = {"incident": {"type": "incident_reference"} | changes}
        path = build_path("incidents", incident_id)
        updated = self._pagerduty.write("PUT", path, action, body, "incident")
        return PagerDutyIncident.read(updated)

    def get(self, incident_id: str) -> PagerDutyIncident:
        """GET /incidents/{id}: read an incident.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The incident.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        path = build_path("incidents", incident_id)
        return PagerDutyIncident.read(
            self._pagerduty.get(path, f"find incident {incident_id}", "incident")
        )

    def list_open(self, service_id: str) -> list[PagerDutyIncident]:
        """GET /incidents?service_ids[]=: list a service's open incidents.

        Args:
            service_id: PagerDuty's id.

        Returns:
            The incidents, oldest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {
            "service_ids[]": [service_id],
            "statuses[]": list(OPEN_STATUSES),
            "sort_by": "created_at:asc",
            "date_range": "all",
        }
        pages = self._pagerduty.pages("/incidents", "list the open incidents", "incidents", params)
        return [PagerDutyIncident.read(one) for one in pages]

    def update_many(self, action: str, changes: Sequence[Json]) -> list[PagerDutyIncident]:
        """PUT /incidents: change several incidents at once.

        Args:
            action: as for `get`.
            changes: at most 250 objects, each with the incident's ``id`` and what to change.

        Returns:
            The incidents as they now are.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        body = {"incidents": [{"type": "incident_reference", **change} for change in changes]}
        updated = self._pagerduty.write("PUT", "/incidents", action, body, "incidents")
        return [PagerDutyIncident.read(one) for one in updated]

    def add_note(self, incident_id: str, content: str) -> Note:
        """POST /incidents/{id}/notes: write a note that responders read.

        Args:
            incident_id: PagerDuty's id.
            content: the note's text.

        Returns:
            The note.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the note would be there twice.
        """
        path = build_path("incidents", incident_id, "notes")
        body = {"note": {"content": content}}
        note = self._pagerduty.write("POST", path, "take the note", body, "note", idempotent=False)
        return Note.read(note)

    def find_by_key(self, key: str, *, only_open: bool) -> list[PagerDutyIncident]:
        """GET /incidents?incident_key=: find incidents by the key they are deduplicated by.

        Args:
            key: incident key or dedup key; never empty, since PagerDuty would list everything.
            only_open: whether to leave out resolved ones.

        Returns:
            The incidents, newest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
            ValueError: the key is empty.
        """
        if not key:
            msg = "an empty key would match every incident"
            raise ValueError(msg)
        params: dict[str, str | list[str]] = {
            "incident_key": key,
            "sort_by": "created_at:desc",
            "date_range": "all",
        }
        if only_open:
            params["statuses[]"] = list(OPEN_STATUSES)
        found = self._pagerduty.get("/incidents", "look up the incident", "incidents", params)
        incidents = [PagerDutyIncident.read(one) for one in found]
        return [one for one in incidents if one.raw.get("incident_key", key) == key]

    def send_status_update(self, incident_id: str, update: Mapping[str, str]) -> Json:
        """POST /incidents/{id}/status_updates: tell those who follow the incident.

        Args:
            incident_id: PagerDuty's id.
            update: ``message`` and perhaps ``subject`` and ``html_message``.

        Returns:
            The status update.

        Raises:
            Impossible: the plan lacks status updates.
            ApiError: PagerDuty refused or wasn't reached; it isn't repeated, since people would
                be told twice.
        """
        with requires_plan_feature("Status updates"):
            return self._post(
                incident_id, "status_updates", "send the status update", update, "status_update"
            )

    def snooze(self, incident_id: str, seconds: int) -> PagerDutyIncident:
        """POST /incidents/{id}/snooze: keep quiet for a while.

        Args:
            incident_id: PagerDuty's id.
            seconds: for how long, 1 to 604,800.

        Returns:
            The incident, acknowledged.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "snooze")
        body = {"duration": seconds}
        snoozed = self._pagerduty.write("POST", path, "snooze the incident", body, "incident")
        return PagerDutyIncident.read(snoozed)

    def merge(self, incident_id: str, sources: Sequence[str]) -> None:
        """PUT /incidents/{id}/merge: merge other incidents into one, which resolves them.

        Args:
            incident_id: PagerDuty's id of the one that stays.
            sources: ids of the others.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        body = {"source_incidents": [reference("incident", one) for one in sources]}
        path = build_path("incidents", incident_id, "merge")
        self._pagerduty.write("PUT", path, "merge the incidents", body, "incident")

    def request_responders(
        self, incident_id: str, requester: str, message: str, targets: Sequence[Json]
    ) -> Json:
        """POST /incidents/{id}/responder_requests: ask more people to help.

        Args:
            incident_id: PagerDuty's id.
            requester: id of the user who asks.
            message: what they read.
            targets: references to users and escalation policies.

        Returns:
            The responder request.

        Raises:
            Impossible: the plan lacks responder requests.
            ApiError: PagerDuty refused or wasn't reached; it isn't repeated, since people would
                be asked twice.
        """
        body = {
            "requester_id": requester,
            "message": message,
            "responder_request_targets": [{"responder_request_target": one} for one in targets],
        }
        with requires_plan_feature("Response Mobilization (responder requests)"):
            return self._post(
                incident_id,
                "responder_requests",
                "request the responders",
                body,
                "responder_request",
            )

    def start_workflow(self, workflow_id: str, incident_id: str) -> Json:
        """POST /incident_workflows/{id}/instances: start an incident workflow on an incident.

        Args:
            workflow_id: PagerDuty's id of the workflow.
            incident_id: PagerDuty's id of the incident.

        Returns:
            The workflow's instance.

        Raises:
            Impossible: the plan lacks incident workflows.
            ApiError: PagerDuty refused or wasn't reached; it isn't repeated, since the workflow
                would run twice.
        """
        path = build_path("incident_workflows", workflow_id, "instances")
        body = {"incident_workflow_instance": {"incident": reference("incident", incident_id)}}
        member = "incident_workflow_instance"
        action = f"start incident workflow {workflow_id} of input 'workflow'"
        with requires_plan_feature("Incident Workflows"):
            started: Json = self._pagerduty.write(
                "POST", path, action, body, member, idempotent=False
            )
        return started

    def custom_fields(self, incident_id: str) -> list[Json]:
        """GET /incidents/{id}/custom_fields/values: list the account's fields and their values.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The fields, each with ``name``, ``data_type``, ``field_type`` and ``value``.

        Raises:
            Impossible: the plan lacks custom fields.
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "custom_fields", "values")
        with requires_plan_feature("Custom Fields on incidents"):
            found: list[Json] = self._pagerduty.get(path, "list the custom fields", "custom_fields")
        return found

    def set_custom_fields(self, incident_id: str, values: Mapping[str, Any]) -> list[Json]:
        """PUT /incidents/{id}/custom_fields/values: set some fields' values.

        Args:
            incident_id: PagerDuty's id.
            values: new values by PagerDuty's names of the fields.

        Returns:
            The fields as they now are.

        Raises:
            Impossible: the plan lacks custom fields.
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "custom_fields", "values")
        body = {"custom_fields": [{"name": name, "value": value} for name, value in values.items()]}
        with requires_plan_feature("Custom Fields on incidents"):
            changed: list[Json] = self._pagerduty.write(
                "PUT", path, "set the custom fields", body, "custom_fields"
            )
        return changed

    def _post(self, incident_id: str, what: str, action: str, body: object, member: str) -> Json:
        path = build_path("incidents", incident_id, what)
        done: Json = self._pagerduty.write("POST", path, action, body, member, idempotent=False)
        return done
