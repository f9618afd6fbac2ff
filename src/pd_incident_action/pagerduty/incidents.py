"""PagerDuty's incidents: one method for each endpoint of REST API v2 in use.

https://developer.pagerduty.com/api-reference/ under Incidents and Incident Workflows.

Every method raises `ApiError` where PagerDuty refuses or isn't reached. What would be there twice
if it were repeated (a note, a status update, …) isn't sent again where it may have been processed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from pd_incident_action.http.client import map_or_raise
from pd_incident_action.http.messages import build_path, has_id, has_this_id, is_list, is_object
from pd_incident_action.text import Json

from .client import PagerDuty, Params, reference
from .errors import requires_plan_feature
from .models import (
    OPEN_STATUSES,
    ChangeEvent,
    CustomField,
    LogEntry,
    Note,
    PagerDutyIncident,
    Reference,
)


class Incidents:
    """PagerDuty's incidents."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def create(self, incident: Json) -> PagerDutyIncident:
        """POST /incidents: open an incident, which pages.

        Args:
            incident: the body's ``incident``, with an ``incident_key`` so that a repetition
                is recognised.

        Raises:
            ApiError: code 2002 also means that an open incident has the key.
        """
        created = self._pagerduty.write(
            "POST",
            "/incidents",
            "create the incident",
            {"incident": incident},
            "incident",
            if_unknown="The incident may have been created: before you page again, look for it at "
            f"{self._pagerduty.incidents_page} (incident key {incident['incident_key']}), or "
            "re-run the job, which looks for it by that key",
            check=has_id,
        )
        return PagerDutyIncident.read(created)

    def get(self, incident_id: str) -> PagerDutyIncident:
        """GET /incidents/{id}: fetch an incident."""
        path, action = build_path("incidents", incident_id), f"find incident {incident_id}"
        check = has_this_id(incident_id)
        found = self._pagerduty.get(path, action, "incident", check=check)
        return PagerDutyIncident.read(found)

    def get_many(self, incident_ids: Sequence[str]) -> list[PagerDutyIncident]:
        """GET /incidents/{id}: fetch several incidents at once, in the order of their ids."""
        if len(incident_ids) == 1:
            return [self.get(incident_ids[0])]
        return map_or_raise(self.get, incident_ids)

    def list_open(self, service_ids: Sequence[str] = ()) -> list[PagerDutyIncident]:
        """GET /incidents?statuses[]=: list some services' open incidents, or all, oldest first."""
        params: Params = {
            "statuses[]": list(OPEN_STATUSES),
            "sort_by": "created_at:asc",
            "date_range": "all",
        }
        if service_ids:
            params = {**params, "service_ids[]": [*service_ids]}
        pages = self._pagerduty.paginate(
            "/incidents", "list the open incidents", "incidents", params
        )
        return [PagerDutyIncident.read(one) for one in pages]

    def find_by_key(self, key: str, *, only_open: bool) -> list[PagerDutyIncident]:
        """GET /incidents?incident_key=: find incidents by their key, the newest first.

        Raises:
            ValueError: the key is empty, so that PagerDuty would list everything.
        """
        if not key:
            raise ValueError("an empty key would match every incident")
        params: dict[str, str | list[str]] = {
            "incident_key": key,
            "sort_by": "created_at:desc",
            "date_range": "all",
        }
        if only_open:
            params["statuses[]"] = list(OPEN_STATUSES)
        found = self._pagerduty.get("/incidents", "look up the incident", "incidents", params)
        incidents = PagerDutyIncident.read_all(found)
        return [one for one in incidents if one.raw.get("incident_key", key) == key]

    def update(
        self, incident_id: str, action: str, changes: Json, *, idempotent: bool = True
    ) -> PagerDutyIncident:
        """PUT /incidents/{id}: change some of its fields.

        It isn't `idempotent` where a repetition does harm, as to assign it again does.
        """
        body = {"incident": {"type": "incident_reference"} | changes}
        path = build_path("incidents", incident_id)
        look = "" if idempotent else self._look(incident_id)
        updated = self._pagerduty.write(
            "PUT",
            path,
            action,
            body,
            "incident",
            idempotent=idempotent,
            if_unknown=look,
            check=has_this_id(incident_id),
        )
        return PagerDutyIncident.read(updated)

    def update_many(self, action: str, changes: Sequence[Json]) -> list[PagerDutyIncident]:
        """PUT /incidents: change several incidents at once; isn't repeated by itself."""
        body = {"incidents": [{"type": "incident_reference", **change} for change in changes]}
        updated = self._pagerduty.write(
            "PUT", "/incidents", action, body, "incidents", idempotent=False, check=is_list
        )
        return PagerDutyIncident.read_all(updated)

    def snooze(self, incident_id: str, seconds: int) -> PagerDutyIncident:
        """POST /incidents/{id}/snooze: keep an incident acknowledged for 1 to 604,800 seconds."""
        path, body = build_path("incidents", incident_id, "snooze"), {"duration": seconds}
        snoozed = self._post_once(incident_id, path, "snooze the incident", body, "incident")
        return PagerDutyIncident.read(snoozed)

    def merge(self, incident_id: str, source_ids: Sequence[str]) -> None:
        """PUT /incidents/{id}/merge: merge other incidents into one, which resolves them."""
        body = {"source_incidents": [reference("incident", one) for one in source_ids]}
        path = build_path("incidents", incident_id, "merge")
        check = has_this_id(incident_id)
        self._pagerduty.write("PUT", path, "merge the incidents", body, "incident", check=check)

    def alerts(self, incident_id: str, limit: int) -> list[Reference]:
        """GET /incidents/{id}/alerts: list an incident's alerts, at most `limit`."""
        return Reference.read_all(self._list(incident_id, "alerts", limit))

    def related_changes(self, incident_id: str, limit: int) -> list[ChangeEvent]:
        """GET /incidents/{id}/related_change_events: list the last changes, newest first."""
        path = build_path("incidents", incident_id, "related_change_events")
        params = {"limit": str(limit)}
        with requires_plan_feature("Change events"):
            changes = self._pagerduty.get(path, "list related changes", "change_events", params)
        return ChangeEvent.read_all(changes)[:limit]

    def past_incidents(self, incident_id: str, limit: int) -> list[PagerDutyIncident]:
        """GET /incidents/{id}/past_incidents: list resolved incidents like it, closest first."""
        path = build_path("incidents", incident_id, "past_incidents")
        params = {"limit": str(limit)}
        with requires_plan_feature("Past incidents"):
            found = self._pagerduty.get(path, "find similar incidents", "past_incidents", params)
        return [PagerDutyIncident.read(one.get("incident")) for one in filter(is_object, found)]

    def log_entries(self, incident_id: str, limit: int) -> list[LogEntry]:
        """GET /incidents/{id}/log_entries: list an incident's newest log entries, newest first."""
        return LogEntry.read_all(self._list(incident_id, "log_entries", limit))

    def notes(self, incident_id: str) -> list[Note]:
        """GET /incidents/{id}/notes: list an incident's notes."""
        path = build_path("incidents", incident_id, "notes")
        found = self._pagerduty.get(path, "list the notes", "notes")
        return Note.read_all(found)

    def add_note(self, incident_id: str, content: str) -> Note:
        """POST /incidents/{id}/notes: add a note that responders read."""
        path, body = build_path("incidents", incident_id, "notes"), {"note": {"content": content}}
        return Note.read(self._post_once(incident_id, path, "add the note", body, "note"))

    def send_status_update(self, incident_id: str, update: Mapping[str, str]) -> None:
        """POST /incidents/{id}/status_updates: send a status update to the subscribers."""
        path = build_path("incidents", incident_id, "status_updates")
        action = "send the status update"
        with requires_plan_feature("Status updates"):
            self._post_once(incident_id, path, action, update, "status_update")

    def request_responders(
        self, incident_id: str, requester_id: str, message: str, targets: Sequence[Json]
    ) -> None:
        """POST /incidents/{id}/responder_requests: ask more people to help."""
        body = {
            "requester_id": requester_id,
            "message": message,
            "responder_request_targets": [{"responder_request_target": one} for one in targets],
        }
        path = build_path("incidents", incident_id, "responder_requests")
        action, member = "request the responders", "responder_request"
        with requires_plan_feature("Response Mobilization (responder requests)"):
            self._post_once(incident_id, path, action, body, member)

    def start_workflow(self, workflow_id: str, incident_id: str) -> Reference:
        """POST /incident_workflows/{id}/instances: start an incident workflow on an incident."""
        path = build_path("incident_workflows", workflow_id, "instances")
        member = "incident_workflow_instance"
        body = {member: {"incident": reference("incident", incident_id)}}
        action = f"start incident workflow {workflow_id} of input 'workflow'"
        with requires_plan_feature("Incident Workflows"):
            started = self._post_once(incident_id, path, action, body, member)
        return Reference.read(started)

    def custom_fields(self, incident_id: str) -> list[CustomField]:
        """GET /incidents/{id}/custom_fields/values: list an incident's custom fields."""
        path = build_path("incidents", incident_id, "custom_fields", "values")
        with requires_plan_feature("Custom Fields on incidents"):
            found = self._pagerduty.get(path, "list the custom fields", "custom_fields")
        return CustomField.read_all(found)

    def set_custom_fields(self, incident_id: str, values: Mapping[str, object]) -> None:
        """PUT /incidents/{id}/custom_fields/values: set the values of some custom fields."""
        path = build_path("incidents", incident_id, "custom_fields", "values")
        body = {"custom_fields": [{"name": name, "value": value} for name, value in values.items()]}
        with requires_plan_feature("Custom Fields on incidents"):
            self._pagerduty.write("PUT", path, "set the custom fields", body, "custom_fields")

    def _list(self, incident_id: str, what: str, limit: int) -> list[Json]:
        path = build_path("incidents", incident_id, what)
        action = f"list the {what.replace('_', ' ')}"
        return list(islice(self._pagerduty.paginate(path, action, what), limit))

    def _post_once(
        self, incident_id: str, path: str, action: str, body: object, member: str
    ) -> object:
        return self._pagerduty.write(
            "POST",
            path,
            action,
            body,
            member,
            idempotent=False,
            if_unknown=self._look(incident_id),
            check=has_this_id(incident_id) if member == "incident" else is_object,
        )

    def _look(self, incident_id: str) -> str:
        page = f"{self._pagerduty.incidents_page}/{incident_id}"
        return f"It may have been done anyway: check {page} before you repeat it"
