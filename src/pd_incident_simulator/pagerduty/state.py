"""PagerDuty's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from . import seed, seed_incidents, seed_schedules
from .deliveries import Delivery, Outbox
from .things import Json

OPEN = ("triggered", "acknowledged")
_FIRST_NUMBER = 1234


class PagerDutyState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        users: users by id; likewise services, integrations, escalation_policies, schedules,
            teams, priorities, maintenance_windows and incidents.
        incident_types: names of incident types.
        routing_keys: service ids by the integration's routing key.
        oauth_tokens: scopes by app token; a token that is taken out has expired.
        webhook_subscriptions: subscriptions by id; likewise webhook_secrets: all that sign.
        deliveries: webhooks that were sent or are on their way, in order.
        outbox: what sends them.
        notes: notes by incident id; likewise alerts and log_entries.
        status_updates: status updates by incident id; likewise custom_field_values, by name.
        custom_fields: definitions of custom fields by name.
        incident_workflows: workflows by id.
        workflow_instances: workflows that were started, in order.
        change_events: what was deployed, by service id.
        missing_abilities: what the account's plan lacks, for example ``custom_fields``.
        rate_limit: how many requests are allowed in how many seconds, or None for any number.
        upcoming: for triggers whose incident hasn't appeared yet, by dedup key and service: the
            statuses that later events ask for, in order.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to the account as it was at the start."""
        with self.lock:
            self._reset_directory()
            self._reset_subscribers()
            self.incidents: dict[str, Json] = {}
            self.notes: dict[str, list[Json]] = {}
            self.alerts: dict[str, list[Json]] = {}
            self.log_entries: dict[str, list[Json]] = {}
            self.status_updates: dict[str, list[Json]] = {}
            self.custom_fields = seed_incidents.custom_fields()
            self.custom_field_values: dict[str, Json] = {}
            self.incident_workflows = seed_incidents.workflows()
            self.workflow_instances: list[Json] = []
            self.change_events: dict[str, list[Json]] = {}
            self.missing_abilities: set[str] = set()
            self.rate_limit: tuple[int, float] | None = None
            self.upcoming: dict[tuple[str, str], list[str | Json]] = {}
            self._numbers = count(_FIRST_NUMBER)
            self._ids = count(1)

    def _reset_directory(self) -> None:
        self.users = seed.users()
        self.schedules = seed_schedules.schedules()
        self.teams = seed_schedules.teams()
        targets = seed_schedules.targets(self.schedules)
        self.escalation_policies = seed.escalation_policies(self.users | targets)
        self.services = seed.services(self.escalation_policies, self.teams)
        self.priorities = seed.priorities()
        self.incident_types = list(seed.INCIDENT_TYPES)
        self.routing_keys = dict(seed.ROUTING_KEYS)
        self.integrations = seed.integrations(self.services)
        self.maintenance_windows: dict[str, Json] = {}

    def _reset_subscribers(self) -> None:
        self.oauth_tokens: dict[str, frozenset[str]] = {}
        self.webhook_subscriptions: dict[str, Json] = {}
        self.webhook_secrets: dict[str, list[str]] = {}
        self.deliveries: list[Delivery] = []
        self.outbox = Outbox()

    def next_id(self, prefix: str) -> str:
        """Make an id that nothing else has."""
        return f"{prefix}{next(self._ids):06d}"

    def next_number(self) -> int:
        """Give the next incident's number."""
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
