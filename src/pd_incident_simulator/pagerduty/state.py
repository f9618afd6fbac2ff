"""PagerDuty's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from . import seed
from .objects import Json
from .webhook_delivery import Delivery, Outbox

OPEN = ("triggered", "acknowledged")
_FIRST_NUMBER = 1234


class PagerDutyState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        users: users by id; likewise services, integrations, escalation_policies, schedules,
            teams, priorities, maintenance_windows, incident_workflows and incidents.
        contact_methods: contact methods by user id; likewise notification_rules.
        incident_types: names of incident types.
        routing_keys: service ids by the integration's routing key.
        oauth_tokens: scopes by app token; a token that is removed has expired.
        webhook_subscriptions: subscriptions by id; likewise webhook_secrets: all that sign.
        deliveries: webhooks that were sent or are on their way, in order.
        outbox: what sends them.
        notes: notes by incident id; likewise alerts, log_entries and status_updates.
        custom_fields: definitions of custom fields by name.
        custom_field_values: values by name, by incident id.
        workflow_instances: workflows that were started, in order.
        change_events: change events by service id.
        missing_abilities: what the account's plan lacks, for example ``custom_fields``.
        rate_limit: how many requests are allowed in how many seconds, or None for any number.
        event_delay_ms: how long after a trigger event its incident appears; 0 for at once.
        pending_triggers: events of alerts whose incident hasn't appeared yet, in order, by dedup
            key and service; a trigger is the first.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.event_delay_ms = 150.0
        self.reset()

    def reset(self) -> None:
        """Go back to the initial account."""
        with self.lock:
            self._reset_directory()
            self.incidents: dict[str, Json] = {}
            self.notes: dict[str, list[Json]] = {}
            self.alerts: dict[str, list[Json]] = {}
            self.log_entries: dict[str, list[Json]] = {}
            self.status_updates: dict[str, list[Json]] = {}
            self.custom_field_values: dict[str, Json] = {}
            self.workflow_instances: list[Json] = []
            self.change_events: dict[str, list[Json]] = {}
            self.maintenance_windows: dict[str, Json] = {}
            self.pending_triggers: dict[tuple[str, str], list[Json]] = {}
            self.webhook_subscriptions: dict[str, Json] = {}
            self.webhook_secrets: dict[str, list[str]] = {}
            self.deliveries: list[Delivery] = []
            self.outbox = Outbox()
            self.oauth_tokens: dict[str, frozenset[str]] = {}
            self.missing_abilities: set[str] = set()
            self.rate_limit: tuple[int, float] | None = None
            self._numbers = count(_FIRST_NUMBER)
            self._ids = count(1)

    def _reset_directory(self) -> None:
        self.users = seed.users()
        self.contact_methods = seed.contact_methods(self.users)
        self.notification_rules = seed.notification_rules(self.contact_methods)
        self.teams = seed.teams()
        self.schedules = seed.schedules()
        schedules = {one.id: seed.schedule_object(one) for one in self.schedules.values()}
        self.escalation_policies = seed.escalation_policies(self.users | schedules)
        self.services = seed.services(self.escalation_policies, self.teams)
        self.integrations = seed.integrations(self.services)
        self.routing_keys = dict(seed.ROUTING_KEYS)
        self.priorities = seed.priorities()
        self.incident_types = list(seed.INCIDENT_TYPES)
        self.custom_fields = seed.custom_fields()
        self.incident_workflows = seed.workflows()

    def next_id(self, prefix: str) -> str:
        """Return an id that nothing else has."""
        return f"{prefix}{next(self._ids):06d}"

    def next_number(self) -> int:
        """Return the next incident's number."""
        return next(self._numbers)

    def open_incidents(self, key: str, service: str) -> list[Json]:
        """List a service's open incidents with a key."""
        return [
            incident
            for incident in self.incidents.values()
            if incident["status"] in OPEN
            and incident["incident_key"] == key
            and incident["service"]["id"] == service
        ]

    def user_by_email(self, email: str) -> Json | None:
        """Find a user by the exact address, in any case."""
        wanted = email.lower()
        return next((u for u in self.users.values() if u["email"].lower() == wanted), None)
