"""What an organisation writes down once: ``.github/pd-incident.yml``, checked.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from .fields import Duration, Email, Severity, Urgency

DEFAULT = "default"
DEFAULT_PATH = ".github/pd-incident.yml"

Value = TypeVar("Value")


def _hyphens(name: str) -> str:
    return name.replace("_", "-")


def _names(value: Mapping[str, str]) -> Mapping[str, str]:
    if any(not name.strip() for pair in value.items() for name in pair):
        msg = "must not hold empty names or ids"
        raise ValueError(msg)
    return value


Names = Annotated[dict[str, str], AfterValidator(_names)]
Target = Annotated[
    Duration,
    WithJsonSchema({"type": "string", "examples": ["15m", "4h"]}),
]


class _Part(BaseModel):
    # Deferred, because most runs have no such file: 4 ms less before the page.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=_hyphens,
        populate_by_name=True,
        defer_build=True,
    )


class SeverityPolicy(_Part):
    """What a severity, such as SEV-1, means to the organisation."""

    urgency: Urgency | None = Field(None, description="How loudly to page: high or low.")
    priority: str | None = Field(None, description="PagerDuty priority, by name or id.")
    severity: Severity | None = Field(
        None, description="Severity of Events API v2: critical, error, warning or info."
    )
    acknowledge_within: Target | None = Field(
        None, description="Target: acknowledged within this time, for example 5m."
    )
    resolve_within: Target | None = Field(
        None, description="Target: resolved within this time, for example 4h."
    )


class Config(_Part):
    """The configuration file."""

    region: Literal["us", "eu"] | None = Field(
        None, description="PagerDuty service region of the account."
    )
    from_: Email | None = Field(
        None,
        alias="from",
        description="E-mail address of the PagerDuty user on whose behalf it is done, unless "
        "the input `from` says otherwise.",
    )
    services: Names = Field(
        default_factory=dict,
        description="PagerDuty service ids by name. `default` names the one to use when no "
        "service is given: one of these names, or an id.",
    )
    escalation_policies: Names = Field(
        default_factory=dict,
        description="Escalation policy to page, by name of the service: the policy's id or name. "
        "`default` holds for all other services.",
    )
    severities: dict[str, SeverityPolicy] = Field(
        default_factory=dict,
        description="What each severity means, by name, for example SEV-1.",
    )
    custom_fields: Names = Field(
        default_factory=dict, description="PagerDuty's custom field names by your own names."
    )
    assignees: Names = Field(
        default_factory=dict,
        description="E-mail addresses or ids of PagerDuty users by a name of your own.",
    )

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


def json_schema() -> dict[str, Any]:
    """Make the JSON Schema that editors check the file with."""
    schema = Config.model_json_schema(by_alias=True)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
