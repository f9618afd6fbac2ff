"""What an organisation writes down once: ``.github/pd-incident.yml``.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page. These are
plain dataclasses, which pydantic checks only where there is such a file: 5 ms less before a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from pd_incident_action.inputs.fields import Duration, Email, Severity, Urgency

DEFAULT = "default"
DEFAULT_PATH = ".github/pd-incident.yml"

Value = TypeVar("Value")


def _hyphens(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _names(value: Mapping[str, str]) -> Mapping[str, str]:
    if any(not name.strip() for pair in value.items() for name in pair):
        msg = "must not hold empty names or ids"
        raise ValueError(msg)
    return value


def _expression(value: str) -> str:
    # Only here: pages without a mapping don't wait for jq.
    from pd_incident_action.catalog.expressions import check  # noqa: PLC0415

    return check(value)


Names = Annotated[dict[str, str], AfterValidator(_names)]
Target = Annotated[
    Duration,
    WithJsonSchema({"type": "string", "examples": ["15m", "4h"]}),
]
_CHECKED = ConfigDict(extra="forbid", alias_generator=_hyphens)


@dataclass(frozen=True)
class SeverityPolicy:
    """What a severity, such as SEV-1, means to the organisation."""

    __pydantic_config__: ClassVar[ConfigDict] = _CHECKED

    urgency: Annotated[Urgency | None, Field(description="How loudly to page: high or low.")] = None
    priority: Annotated[str | None, Field(description="PagerDuty priority, by name or id.")] = None
    severity: Annotated[
        Severity | None,
        Field(description="Severity of Events API v2: critical, error, warning or info."),
    ] = None
    acknowledge_within: Annotated[
        Target | None,
        Field(description="Target: acknowledged within this time, for example 5m."),
    ] = None
    resolve_within: Annotated[
        Target | None, Field(description="Target: resolved within this time, for example 4h.")
    ] = None


@dataclass(frozen=True)
class Config:
    """The configuration file."""

    __pydantic_config__: ClassVar[ConfigDict] = _CHECKED

    region: Annotated[
        Literal["us", "eu"] | None,
        Field(description="PagerDuty service region of the account."),
    ] = None
    from_: Annotated[
        Email | None,
        Field(
            description="E-mail address of the PagerDuty user on whose behalf it is done, unless "
            "the input `from` says otherwise."
        ),
    ] = None
    services: Annotated[
        Names,
        Field(
            description="PagerDuty service ids by name. `default` names the one to use when no "
            "service is given: one of these names, or an id."
        ),
    ] = field(default_factory=dict)
    escalation_policies: Annotated[
        Names,
        Field(
            description="Escalation policy to page, by name of the service: the policy's id or "
            "name. `default` holds for all other services."
        ),
    ] = field(default_factory=dict)
    severities: Annotated[
        dict[str, SeverityPolicy],
        Field(description="What each severity means, by name, for example SEV-1."),
    ] = field(default_factory=dict)
    custom_fields: Annotated[
        Names, Field(description="PagerDuty's custom field names by your own names.")
    ] = field(default_factory=dict)
    assignees: Annotated[
        Names,
        Field(description="E-mail addresses or ids of PagerDuty users by a name of your own."),
    ] = field(default_factory=dict)
    mapping: Annotated[
        dict[str, Annotated[str, AfterValidator(_expression)]],
        Field(
            description="jq expressions over the provider's incident, by the property of the "
            "catalog's entity that each gives the value of."
        ),
    ] = field(default_factory=dict)

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

    def policy_of(self, service: str) -> str | None:
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
