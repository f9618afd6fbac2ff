"""The configuration file, ``.github/pd-incident.yml``, as operations read it.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page. How it is
written and checked is in `schema`, which isn't loaded where there is no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar

DEFAULT = "default"
DEFAULT_PATH = ".github/pd-incident.yml"

Value = TypeVar("Value")


@dataclass(frozen=True)
class SeverityPolicy:
    """A severity of the organisation's; see `schema.SeverityEntry`."""

    urgency: Literal["high", "low"] | None = None
    priority: str | None = None
    severity: Literal["critical", "error", "warning", "info"] | None = None
    acknowledge_within: timedelta | None = None
    resolve_within: timedelta | None = None


@dataclass(frozen=True)
class Config:
    """The configuration file; see `schema.ConfigFile`."""

    region: Literal["us", "eu"] | None = None
    from_: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    escalation_policies: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, SeverityPolicy] = field(default_factory=dict)
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    assignees: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)

    def service(self, name: str) -> str | None:
        """Return a service's id by its name in the file, in any case."""
        return get_ignoring_case(self.services, name)

    @property
    def default_service(self) -> str | None:
        """Name or id of the service to use when none is given."""
        return self.services.get(DEFAULT)

    def escalation_policy_for(self, service: str) -> str | None:
        """Return the name or id of the escalation policy for a service.

        Args:
            service: the service as the user gave it, or its id.
        """
        names = [name for name, value in self.services.items() if value == service]
        wanted = (get_ignoring_case(self.escalation_policies, name) for name in (service, *names))
        return next(filter(None, wanted), None) or self.escalation_policies.get(DEFAULT)

    def severity(self, name: str) -> SeverityPolicy | None:
        """Return a severity by name, in any case."""
        return get_ignoring_case(self.severities, name)

    def assignee(self, name: str) -> str | None:
        """Return an assignee by name, in any case."""
        return get_ignoring_case(self.assignees, name)

    def custom_field(self, name: str) -> str:
        """Return PagerDuty's name of a custom field; a name that isn't in the file stays."""
        return get_ignoring_case(self.custom_fields, name) or name


def get_ignoring_case(values: Mapping[str, Value], name: str) -> Value | None:
    """Return a value by name, in any case; never the one of ``default``."""
    wanted = name.strip().casefold()
    return next((v for n, v in values.items() if n.casefold() == wanted and n != DEFAULT), None)
