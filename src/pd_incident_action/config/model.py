"""What an organisation writes down once: ``.github/pd-incident.yml``.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page. How the file
is written, and checked, is in `schema`: a page doesn't wait for that where there is no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from datetime import timedelta

DEFAULT = "default"
DEFAULT_PATH = ".github/pd-incident.yml"
_NOTHING: Mapping[str, Any] = field(default_factory=dict)

Value = TypeVar("Value")


@dataclass(frozen=True)
class SeverityPolicy:
    """What a severity means to the organisation; see `schema.SeverityEntry`."""

    urgency: Literal["high", "low"] | None = None
    priority: str | None = None
    severity: Literal["critical", "error", "warning", "info"] | None = None
    acknowledge_within: timedelta | None = None
    resolve_within: timedelta | None = None


@dataclass(frozen=True)
class Config:
    """What the configuration file says; see `schema.ConfigFile`."""

    region: Literal["us", "eu"] | None = None
    from_: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    escalation_policies: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, SeverityPolicy] = field(default_factory=dict)
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    assignees: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)

    def service(self, name: str) -> str | None:
        """Look a service up.

        Args:
            name: a name of the file, in any case.

        Returns:
            The service's id, or None if the file doesn't have it.
        """
        return find(self.services, name)

    @property
    def default_service(self) -> str | None:
        """Name or id of the service to use when none is given."""
        return self.services.get(DEFAULT)

    def escalation_policy_for(self, service: str) -> str | None:
        """Find the escalation policy that the file wants for a service.

        Args:
            service: the service as the user gave it, or its id.

        Returns:
            The policy's name or id, or None.
        """
        names = [name for name, value in self.services.items() if value == service]
        wanted = (find(self.escalation_policies, name) for name in (service, *names))
        return next(filter(None, wanted), None) or self.escalation_policies.get(DEFAULT)

    def severity(self, name: str) -> SeverityPolicy | None:
        """Look a severity up by name, in any case."""
        return find(self.severities, name)

    def assignee(self, name: str) -> str | None:
        """Look an assignee up by name, in any case."""
        return find(self.assignees, name)

    def custom_field(self, name: str) -> str:
        """Give PagerDuty's name of a custom field; a name that isn't in the file stays."""
        return find(self.custom_fields, name) or name


def find(things: Mapping[str, Value], name: str) -> Value | None:
    """Look something up by name, in any case.

    Args:
        things: values by name.
        name: the name.

    Returns:
        The value, or None.
    """
    wanted = name.strip().casefold()
    return next((v for n, v in things.items() if n.casefold() == wanted and n != DEFAULT), None)
