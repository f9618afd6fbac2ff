"""Port's objects, as far as the action reads them.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field, model_validator

from pd_incident_action.http.api_model import (
    ApiModel,
    Flag,
    Items,
    Members,
    Text,
    Texts,
    WholeNumber,
    nested,
)

# The types of invocations that start a workflow: by GitHub Ocean, and by Port's retired app.
OCEAN, APP = "INTEGRATION_ACTION", "GITHUB"


class PropertySchema(ApiModel):
    """The JSON schema of a blueprint's property."""

    type: Text = ""
    format: Text = ""

    @property
    def enum(self) -> list[Any] | None:
        """The values that it takes, of a list each item, or None if it takes any."""
        values = self.raw.get("enum", self._items.get("enum"))
        return values if isinstance(values, list) else None

    @property
    def takes_users(self) -> bool:
        """Whether its values are users of Port, by their e-mail addresses."""
        return "user" in {self.format, self._items.get("format")}

    @property
    def _items(self) -> dict[str, Any]:
        items = self.raw.get("items")
        return items if isinstance(items, dict) else {}


class RelationSchema(ApiModel):
    """A blueprint's relation to another one."""

    target: Text = ""
    many: Flag = False
    required: Flag = False


class BlueprintSchema(ApiModel):
    """A blueprint's properties, and which of them an entity can't be without."""

    properties: Members[PropertySchema] = Field(default_factory=dict)
    required: Texts = ()


class Blueprint(ApiModel):
    """The shape of entities."""

    identifier: Text = ""
    schema_: BlueprintSchema = Field(default=BlueprintSchema(), alias="schema")
    relations: Members[RelationSchema] = Field(default_factory=dict)

    @property
    def properties(self) -> dict[str, PropertySchema]:
        """The properties' schemas by name."""
        return self.schema_.properties

    def relation_to(self, target: str) -> str:
        """Return the name of the relation to another blueprint, or an empty text."""
        if target in self.relations:
            return target
        return next((name for name, one in self.relations.items() if one.target == target), "")


class CatalogEntity(ApiModel):
    """An entity as it is in the catalog."""

    identifier: Text = ""
    title: Text = ""
    team: Any = None
    properties: Members[Any] = Field(default_factory=dict)
    relations: Members[Any] = Field(default_factory=dict)


class InvocationMethod(ApiModel):
    """What an action starts; of GitHub's workflows which one, whatever backend starts it."""

    type: Text = ""
    installation: Text = Field(default="", alias="installationId")
    org: Text = ""
    repo: Text = ""
    workflow: Text = ""
    workflow_inputs: Members[Any] = Field(default_factory=dict, alias="workflowInputs")

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        inner = value.get("integrationActionExecutionProperties")
        return {**value, **inner} if isinstance(inner, dict) else value


class Integration(ApiModel):
    """An integration that is installed in a Port account."""

    app_type: Text = Field(default="", alias="installationAppType")
    older_type: Text = Field(default="", alias="integrationType")
    installation: Text = Field(default="", alias="installationId")
    identifier: Text = ""

    @property
    def is_ocean(self) -> bool:
        """Whether it is GitHub Ocean."""
        return "github-ocean" in {self.app_type, self.older_type}

    @property
    def id(self) -> str:
        """The id by which actions name it."""
        return self.installation or self.identifier


class SelfServiceAction(ApiModel):
    """An action that people start in Port."""

    identifier: Text = ""
    invocation: InvocationMethod = Field(default=InvocationMethod(), alias="invocationMethod")


class WebhookSecurity(ApiModel):
    """How a webhook checks who sends it events."""

    secret: Text = Field(default="", repr=False)


class PortWebhook(ApiModel):
    """A webhook of Port."""

    identifier: Text = ""
    description: Text = ""
    url: Text = ""
    enabled: Flag = False
    key: Text = Field(default="", alias="webhookKey")
    security: WebhookSecurity = nested()


class ActionRun(ApiModel):
    """A run of a self-service action, or a node run of a Port workflow."""

    id: Text = Field(default="", validation_alias=AliasChoices("id", "identifier"))
    status: Text = ""


class BulkError(ApiModel):
    """Why one of several entities was refused."""

    identifier: Text = ""
    status: WholeNumber = Field(default=None, alias="statusCode")
    error: Text = ""
    message: Text = ""


class BulkResponse(ApiModel):
    """Which of several entities were refused."""

    errors: Items[BulkError] = ()


class SearchPage(ApiModel):
    """A page of entities."""

    entities: Items[CatalogEntity] = ()
    next: Text = ""
