"""Incidents, services, outcomes and entities, in terms that belong to no provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, NamedTuple

from .errors import ActionError
from .text import shorten_title


@dataclass(frozen=True)
class Incident:
    """An incident, or an alert whose incident isn't known.

    Attributes:
        id: the provider's id; an alert's is its dedup key.
        assignee_users: the assignees' e-mail addresses, or their ids where these aren't known.
        custom_fields: the values of those custom fields that are known, None for an empty one.
        raw: the provider's JSON, for outputs and expressions of the user's.
    """

    id: str
    title: str
    status: str
    urgency: str = ""
    number: int | None = None
    url: str = ""
    service_id: str = ""
    service: str = ""
    assignees: tuple[str, ...] = ()
    escalation_policy: str = ""
    priority: str = ""
    description: str = ""
    dedup_key: str = ""
    created_at: str = ""
    updated_at: str = ""
    severity: str = ""
    created_by: str = ""
    assignee_users: tuple[str, ...] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict, compare=False)
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """How people speak of it: its number and title."""
        title = shorten_title(self.title)
        return f"#{self.number} {title}" if self.number else title

    @property
    def state(self) -> str:
        """Its status and urgency, and who has it."""
        to = f", assigned to {', '.join(self.assignees)}" if self.assignees else ""
        return f"{self.status}, {self.urgency} urgency{to}"

    def properties(self) -> dict[str, Any]:
        """Return the properties of its entity in Port; what is unknown is empty."""
        return {
            "status": self.status,
            "url": self.url,
            "urgency": self.urgency,
            "responder": ", ".join(self.assignees),
            "assignees": list(self.assignees),
            "escalation_policy": self.escalation_policy,
            "priority": self.priority,
            "description": self.description,
            "triggered_by": self.created_by,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def users(self) -> dict[str, tuple[str, ...]]:
        """Return whom properties name, by property: e-mail addresses, or else ids."""
        return {"responder": self.assignee_users, "assignees": self.assignee_users}


@dataclass(frozen=True)
class Service:
    """A technical service that incidents are opened on.

    Attributes:
        status: active, warning, critical, maintenance or disabled; or empty.
        on_call: e-mail addresses of who is on call for it, first level first.
        levels: how many levels have somebody on call; 0 if unknown.
    """

    id: str
    name: str
    status: str = ""
    url: str = ""
    on_call: tuple[str, ...] = ()
    levels: int = 0
    description: str = ""
    escalation_policy: str = ""
    created_at: str = ""
    updated_at: str = ""

    def properties(self) -> dict[str, Any]:
        """Return the properties of its entity in Port; what is unknown is empty."""
        return {
            "status": self.status,
            "url": self.url,
            "description": self.description,
            "escalation_policy": self.escalation_policy,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "oncall": list(self.on_call),
            "secondaryOncall": list(self.on_call[1:]),
            "escalationLevels": self.levels,
        }


class Table(NamedTuple):
    """Rows for the job summary, which leaves it out if it has none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Its rows for the log, for example ``Id: PMAINT1; Services: Checkout``."""
        named = (zip(self.columns, row, strict=True) for row in self.rows)
        return tuple("; ".join(f"{name}: {text}" for name, text in row if text) for row in named)


class Page(Enum):
    """What is known about a page; the value is what every message about it begins with."""

    NOT_ASKED = ""
    NOTIFIED = "Paged"
    """The provider shows whom it has notified."""
    ACCEPTED = "Page accepted"
    """The provider has done what it was asked; that somebody was notified isn't confirmed."""
    NOBODY = "Nobody was paged"
    UNKNOWN = "Unknown whether anybody was paged"

    @staticmethod
    def if_created(*, created: bool | None) -> Page:
        """Return what is known where the run opened an incident, or didn't, or may have."""
        return Page.UNKNOWN if created is None else Page.ACCEPTED if created else Page.NOBODY

    @property
    def is_out(self) -> bool:
        """Whether the provider has accepted it."""
        return self in {Page.NOTIFIED, Page.ACCEPTED}

    def begin(self, text: str) -> str:
        """Put it at the beginning of a message."""
        return f"{self.value}: {text}" if self.value else text


@dataclass(frozen=True)
class Outcome:
    """What an operation achieved.

    Attributes:
        incident: the incident after the operation, or None where there is none; the first of
            several.
        failures: what failed in part; the step fails, and reports each.
        created: whether this run created it, or all of several; None if that can't be known.
        open_before: ids of those of several that were open before, where this run opened others.
        page: what is known about the page that the operation was asked for.
        is_update: whether it is only written if it exists, as nothing else shows that it should.
        property_overrides: properties set by the configuration file, by the incident's id.
        replaces_alert: key of an alert that is known to be this incident's now, or empty; an
            earlier run may have written an entity for it.
        response: the provider's JSON, for the output only.
        outputs: the operation's additional outputs, by name; what isn't text is written as JSON.
        secrets: outputs that are credentials, by name; masked by `OperationContext.mask`, and for
            later steps of the same job only.
        facts: names and values for the job summary.
        truncated_inputs: whole texts that were too long for the provider, by input name.
    """

    message: str
    incident: Incident | None = None
    related_incidents: tuple[Incident, ...] = ()
    service: Service | None = None
    failures: tuple[ActionError, ...] = ()
    created: bool | None = False
    open_before: frozenset[str] = frozenset()
    page: Page = Page.NOT_ASKED
    write_entity: bool = True
    is_update: bool = False
    property_overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dedup_key: str = ""
    replaces_alert: str = ""
    response: Any = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    log_lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    truncated_inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The message, which begins with whether somebody was paged."""
        return self.page.begin(self.message)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents that it is about."""
        return (self.incident, *self.related_incidents) if self.incident else ()

    @property
    def opened(self) -> tuple[Incident, ...]:
        """The incidents that this run opened, or may have opened."""
        if self.created is False and not self.open_before:
            return ()
        return tuple(one for one in self.incidents if one.id not in self.open_before)

    def adding(self, *, log_lines: Iterable[str] = (), warnings: Iterable[str] = ()) -> Outcome:
        """Return the same outcome with more lines for the log, and more warnings."""
        return replace(
            self,
            log_lines=(*self.log_lines, *log_lines),
            warnings=(*self.warnings, *warnings),
        )


@dataclass(frozen=True)
class Entity:
    """An entity of Port's catalog.

    Attributes:
        is_update: whether it is only written if it exists.
        users: whom properties name, by property: e-mail addresses, or else the provider's ids.
        replaces: identifier of an alert's entity that this one replaces, or empty.
        optional: names of properties and relations that no blueprint needs to have.
    """

    blueprint: str
    identifier: str
    title: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    relations: Mapping[str, Any] = field(default_factory=dict)
    is_update: bool = False
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    replaces: str = ""
    optional: frozenset[str] = field(default=frozenset(), compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the body for Port's entity endpoints; what is left out doesn't change in Port."""
        body = {
            "identifier": self.identifier,
            "title": self.title,
            "properties": dict(self.properties),
            "relations": dict(self.relations),
        }
        return {name: value for name, value in body.items() if value}
