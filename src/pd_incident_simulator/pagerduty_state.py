"""PagerDuty's account: users, services, policies, and the life of its incidents."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

Json = dict[str, Any]

SITE = "https://acme.pagerduty.com"
API = "https://api.pagerduty.com"
ACCOUNT_TOKEN = "pd-account-token"  # noqa: S105 - opens nothing but the simulator
USER_TOKEN = "pd-user-token"  # noqa: S105 - opens nothing but the simulator
OPEN = ("triggered", "acknowledged")
_FIRST_NUMBER = 1234
_ESCALATION_MINUTES = 30


class RefusedError(Exception):
    """PagerDuty says no.

    Args:
        code: PagerDuty's error code.
        message: its words.
        errors: its details.
        status: HTTP status.
    """

    def __init__(self, code: int, message: str, *errors: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = list(errors)
        self.status = status


class PagerDutyState:
    """Everything the account holds; the lock guards all of it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users = {u["id"]: u for u in map(_user, _USERS)}
        self.escalation_policies = {p["id"]: p for p in map(self._policy, _POLICIES)}
        self.services = {s["id"]: s for s in map(self._service, _SERVICES)}
        self.priorities = {p["id"]: p for p in map(_priority, range(1, 6))}
        self.incident_types = ["incident_default", "major_incident", "security_incident"]
        self.routing_keys = {
            "R0123456789ABCDEF0123456789ABCDE": "PSVC001",
            "R1123456789ABCDEF0123456789ABCDE": "PSVC002",
        }
        self.incidents: dict[str, Json] = {}
        self.notes: dict[str, list[Json]] = {}
        self.alerts: dict[str, list[Json]] = {}
        self.log_entries: dict[str, list[Json]] = {}
        self._numbers = count(_FIRST_NUMBER)
        self._ids = count(1)

    def next_id(self, prefix: str) -> str:
        """Make an id that nothing else has."""
        return f"{prefix}{next(self._ids):06d}"

    def open_incidents(self, key: str, service: str) -> list[Json]:
        """List a service's open incidents with a key."""
        return [
            incident
            for incident in self.incidents.values()
            if incident["status"] in OPEN
            and incident["incident_key"] == key
            and incident["service"]["id"] == service
        ]

    def create(self, wanted: Json, requester: Json | None) -> Json:
        """Open an incident; who is assigned follows from the policy unless it is said."""
        service = self._known(self.services, wanted.get("service"), 2001, "Service Not Found")
        key = wanted.get("incident_key") or self.next_id("key")
        with self.lock:
            if self.open_incidents(key, service["id"]):
                words = "Open incident with matching dedup key already exists on this service"
                raise RefusedError(2002, "Arguments Caused Error", words)
            incident = self._new_incident(wanted, service, key)
            self._assign(incident, wanted, service["escalation_policy"])
            self.incidents[incident["id"]] = incident
            self._log(incident, "trigger")
            themselves = requester and _assigned_ids(incident) == [requester["id"]]
            if themselves and incident["assigned_via"] == "direct_assignment":
                self._set_status(incident, "acknowledged", requester)
            return incident

    def _new_incident(self, wanted: Json, service: Json, key: str) -> Json:
        number, now = next(self._numbers), _now()
        identifier = self.next_id("Q0INC")
        priority = wanted.get("priority")
        return {
            **_thing("incident", identifier, f"[#{number}] {wanted['title']}", "incidents"),
            "incident_number": number,
            "title": wanted["title"],
            "description": wanted["title"],
            "created_at": now,
            "updated_at": now,
            "status": "triggered",
            "incident_key": key,
            "service": reference(service),
            "assignments": [],
            "assigned_via": "escalation_policy",
            "acknowledgements": [],
            "last_status_change_at": now,
            "last_status_change_by": reference(service),
            "escalation_policy": None,
            "teams": [],
            "pending_actions": [],
            "urgency": wanted.get("urgency") or "high",
            **({"priority": self._priority(priority)} if priority else {}),
            "incident_type": wanted.get("incident_type") or {"name": "incident_default"},
            "body": wanted.get("body") or {"type": "incident_body"},
            "conference_bridge": wanted.get("conference_bridge") or {},
            "alert_counts": {"all": 0, "triggered": 0, "resolved": 0},
            "is_mergeable": True,
            "incidents_responders": [],
            "responder_requests": [],
        }

    def update(self, incident: Json, changes: Json, requester: Json | None) -> Json:
        """Change an incident as PUT does; a status other than resolved reopens a resolved one."""
        with self.lock:
            self._change_status(incident, changes.get("status"), requester)
            for name in ("title", "urgency", "conference_bridge", "incident_type"):
                if changes.get(name):
                    incident[name] = changes[name]
            if changes.get("priority"):
                incident["priority"] = self._priority(changes["priority"])
            if changes.get("resolution"):
                incident["resolve_reason"] = {"type": "manual"}
            self._escalate(incident, changes)
            incident["updated_at"] = _now()
            return incident

    def _change_status(self, incident: Json, status: str | None, requester: Json | None) -> None:
        if status is None:
            return
        if status == incident["status"] == "resolved":
            raise RefusedError(1001, "Incident Already Resolved")
        if status == incident["status"] == "acknowledged":
            raise RefusedError(1002, "Incident Already Acknowledged")
        self._set_status(incident, status, requester)

    def _set_status(self, incident: Json, status: str, requester: Json | None) -> None:
        by = reference(requester) if requester else incident["service"]
        now = _now()
        incident |= {"status": status, "last_status_change_at": now, "last_status_change_by": by}
        incident["updated_at"] = now
        incident["acknowledgements"] = (
            [{"at": now, "acknowledger": by}] if status == "acknowledged" else []
        )
        if status == "resolved":
            incident |= {"assignments": [], "pending_actions": [], "resolved_at": now}
        self._log(
            incident,
            {"acknowledged": "acknowledge", "resolved": "resolve"}.get(status, "unacknowledge"),
        )

    def _escalate(self, incident: Json, changes: Json) -> None:
        targets = [
            n for n in ("escalation_level", "escalation_policy", "assignments") if changes.get(n)
        ]
        if len(targets) > 1:
            raise RefusedError(2001, "Invalid Input Provided", f"Give one of {', '.join(targets)}")
        if changes.get("escalation_level"):
            self._assign_level(incident, incident["escalation_policy"], changes["escalation_level"])
        elif targets:
            self._assign(incident, changes, incident["escalation_policy"])

    def _assign(self, incident: Json, wanted: Json, default_policy: Json) -> None:
        if wanted.get("assignments") and wanted.get("escalation_policy"):
            raise RefusedError(2001, "Invalid Input Provided", "Assignments or policy, not both")
        policy = wanted.get("escalation_policy") or incident["escalation_policy"] or default_policy
        self._assign_level(incident, policy, 1)
        if wanted.get("assignments"):
            people = [
                self._known(self.users, item.get("assignee"), 1007, "Assignee Not Found")
                for item in wanted["assignments"]
            ]
            _assign_people(incident, people)
            incident |= {"assigned_via": "direct_assignment", "pending_actions": []}

    def _assign_level(self, incident: Json, policy: Json, level: int) -> None:
        known = self._known(self.escalation_policies, policy, 1014, "Escalation Policy Not Found")
        rules = known["escalation_rules"]
        if not 1 <= level <= max(1, len(rules)):
            raise RefusedError(1006, "Incident Cannot Be Escalated", "No such level")
        people = [self.users[t["id"]] for t in rules[level - 1]["targets"]] if rules else []
        incident["escalation_policy"] = reference(known)
        incident["assigned_via"] = "escalation_policy"
        _assign_people(incident, people)
        due = datetime.now(UTC) + timedelta(minutes=_ESCALATION_MINUTES)
        is_last = level >= len(rules)
        incident["pending_actions"] = (
            []
            if is_last or incident["urgency"] == "low"
            else [{"type": "escalate", "at": _iso(due)}]
        )

    def _priority(self, wanted: Json) -> Json:
        return self._known(self.priorities, wanted, 1020, "Invalid Priority")

    def _known(self, things: dict[str, Json], wanted: Json | None, code: int, words: str) -> Json:
        identifier = (wanted or {}).get("id")
        if identifier not in things:
            raise RefusedError(code, words, f"{identifier} was not found")
        return things[str(identifier)]

    def _log(self, incident: Json, kind: str) -> None:
        entry = {
            **_thing(f"{kind}_log_entry", self.next_id("R0LOG"), kind, "log_entries"),
            "created_at": _now(),
            "agent": incident["last_status_change_by"],
            "channel": {"type": "api"},
            "incident": reference(incident),
            "service": incident["service"],
            "teams": [],
            "contexts": [],
        }
        self.log_entries.setdefault(incident["id"], []).append(entry)
        incident.setdefault("first_trigger_log_entry", reference(entry))

    def add_note(self, incident: Json, content: str, requester: Json | None) -> Json:
        """Add a note to an incident."""
        note = {
            "id": self.next_id("PNOTE"),
            "content": content,
            "created_at": _now(),
            "user": reference(requester or self.users["PUSER1"]),
            "channel": {"summary": "The PagerDuty website or APIs"},
        }
        self.notes.setdefault(incident["id"], []).append(note)
        return note

    def add_alert(self, incident: Json, event: Json) -> None:
        """Attach the alert behind an event to an incident."""
        payload = event["payload"]
        alert = {
            **_thing("alert", self.next_id("Q0ALERT"), payload["summary"], "alerts"),
            "created_at": _now(),
            "status": "triggered",
            "alert_key": event["dedup_key"],
            "severity": payload["severity"],
            "suppressed": False,
            "service": incident["service"],
            "incident": reference(incident),
            "body": {"type": "alert_body", "details": payload.get("custom_details") or {}},
        }
        self.alerts.setdefault(incident["id"], []).append(alert)
        incident["alert_counts"] = {"all": 1, "triggered": 1, "resolved": 0}

    def user_by_email(self, email: str) -> Json | None:
        """Find a user by the exact address."""
        wanted = email.lower()
        return next((u for u in self.users.values() if u["email"].lower() == wanted), None)

    def _policy(self, definition: tuple[str, str, list[str]]) -> Json:
        identifier, name, levels = definition
        rules = [
            {
                "id": f"{identifier}R{number}",
                "escalation_delay_in_minutes": _ESCALATION_MINUTES,
                "targets": [reference(self.users[user])],
            }
            for number, user in enumerate(levels, 1)
        ]
        return {
            **_thing("escalation_policy", identifier, name, "escalation_policies"),
            "name": name,
            "escalation_rules": rules,
            "num_loops": 0,
            "services": [],
            "teams": [],
        }

    def _service(self, definition: tuple[str, str, str]) -> Json:
        identifier, name, policy = definition
        return {
            **_thing("service", identifier, name, "services"),
            "name": name,
            "status": "active",
            "created_at": "2026-01-01T00:00:00Z",
            "escalation_policy": reference(self.escalation_policies[policy]),
            "teams": [],
            "integrations": [],
        }


_USERS = [
    ("PUSER1", "Ada Lovelace", "ada@example.com"),
    ("PUSER2", "Grace Hopper", "grace@example.com"),
    ("PUSER3", "Linus Low", "linus@example.com"),
]
_POLICIES: list[tuple[str, str, list[str]]] = [
    ("PPOL001", "Platform", ["PUSER1", "PUSER2"]),
    ("PPOL002", "Payments on-call", ["PUSER2", "PUSER3"]),
    ("PPOL003", "Nobody", []),
]
_SERVICES = [
    ("PSVC001", "Checkout", "PPOL001"),
    ("PSVC002", "Payments", "PPOL002"),
    ("PSVC003", "Database", "PPOL001"),
]


def reference(thing: Json) -> Json:
    """Make the short form in which objects name each other."""
    kind = thing["type"].removesuffix("_reference")
    return {
        "id": thing["id"],
        "type": f"{kind}_reference",
        "summary": thing["summary"],
        "self": thing["self"],
        "html_url": thing["html_url"],
    }


def _thing(kind: str, identifier: str, summary: str, folder: str) -> Json:
    return {
        "id": identifier,
        "type": kind,
        "summary": summary,
        "self": f"{API}/{folder}/{identifier}",
        "html_url": f"{SITE}/{folder}/{identifier}",
    }


def _user(definition: tuple[str, str, str]) -> Json:
    identifier, name, email = definition
    return {
        **_thing("user", identifier, name, "users"),
        "name": name,
        "email": email,
        "role": "user",
        "time_zone": "Europe/London",
        "teams": [],
    }


def _priority(number: int) -> Json:
    name = f"P{number}"
    return {
        **_thing("priority", f"PPRIO0{number}", name, "priorities"),
        "name": name,
        "description": name,
    }


def _assign_people(incident: Json, people: Iterable[Json]) -> None:
    incident["assignments"] = [{"at": _now(), "assignee": reference(user)} for user in people]


def _assigned_ids(incident: Json) -> list[str]:
    return [item["assignee"]["id"] for item in incident["assignments"]]


def _now() -> str:
    return _iso(datetime.now(UTC))


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
