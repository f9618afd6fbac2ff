"""What else can be done to a PagerDuty incident: one method for each endpoint in use.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pd_incident_action.http.messages import build_path

from .incidents import reference
from .plan_errors import requires_plan_feature

if TYPE_CHECKING:
    from .incidents import Json, PagerDuty


class Incidents:
    """Everything but creating, changing and finding incidents.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

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

    def snooze(self, incident_id: str, seconds: int) -> Json:
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
        snoozed: Json = self._pagerduty.write(
            "POST", path, "snooze the incident", {"duration": seconds}, "incident"
        )
        return snoozed

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
