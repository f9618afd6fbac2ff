"""The inputs that every operation shares: credentials, hosts, and how Port is told.

Annotations aren't postponed here: to read thirty of them from strings takes a page 1 ms.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pd_incident_action.incident_io import hosts as incident_io
from pd_incident_action.pagerduty import hosts as pagerduty
from pd_incident_action.port import hosts as port

from .fields import (
    ApiUrl,
    Blueprint,
    CaseInsensitive,
    Email,
    InputSpec,
    RunId,
    Secret,
    ShortText,
    Subdomain,
    Text,
)


class Settings(BaseModel):
    """What holds for a whole run, whatever the operation.

    Credentials are only required by the operations that use them; see `Operation.needs`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: Annotated[
        ShortText, CaseInsensitive, InputSpec("What to do: {operations}.", example="create")
    ] = "create"
    provider: Annotated[
        Literal["pagerduty", "incident-io"],
        CaseInsensitive,
        InputSpec(
            "The system to act on: `pagerduty` or `incident-io` (create, update and resolve).",
            example="incident-io",
        ),
    ] = "pagerduty"
    pagerduty_token: Annotated[
        Secret | None,
        InputSpec(
            "PagerDuty REST API key: a general access key (then give `from` as well) or a "
            "user's own token. Needed by every operation that uses the REST API; `trigger` "
            "works without, but can then not look up the incident behind the alert.",
            example="${{ secrets.PAGERDUTY_API_KEY }}",
            aliases=("token",),
            deprecated=("token",),
            trusted=True,
        ),
    ] = None
    pagerduty_client_id: Annotated[
        ShortText | None,
        InputSpec(
            "Client id of a PagerDuty app with scoped OAuth, instead of `pagerduty-token`; then "
            "`pagerduty-client-secret` and `pagerduty-subdomain` are needed as well.",
            example="${{ secrets.PAGERDUTY_CLIENT_ID }}",
            trusted=True,
        ),
    ] = None
    pagerduty_client_secret: Annotated[
        Secret | None,
        InputSpec(
            "That app's client secret.",
            example="${{ secrets.PAGERDUTY_CLIENT_SECRET }}",
            trusted=True,
        ),
    ] = None
    pagerduty_subdomain: Annotated[
        Subdomain | None,
        InputSpec(
            "Subdomain of the PagerDuty account that the app is for.", example="acme", trusted=True
        ),
    ] = None
    pagerduty_region: Annotated[
        Literal["us", "eu"],
        CaseInsensitive,
        InputSpec("PagerDuty service region of the account: `us` or `eu`.", example="eu"),
    ] = "us"
    routing_key: Annotated[
        Secret | None,
        InputSpec(
            "Integration key of an Events API v2 integration (32 characters), for `trigger`.",
            example="${{ secrets.PAGERDUTY_ROUTING_KEY }}",
        ),
    ] = None
    incident_io_token: Annotated[
        Secret | None,
        InputSpec(
            "incident.io API key, for `provider: incident-io`.",
            example="${{ secrets.INCIDENT_IO_API_KEY }}",
            trusted=True,
        ),
    ] = None
    from_: Annotated[
        Email | None,
        InputSpec(
            "E-mail address of the PagerDuty user on whose behalf it is done. PagerDuty "
            "requires it with a general access key.",
            example="ada@example.com",
            aliases=("actorEmail",),
            deprecated=("actorEmail",),
            origin="requester",
            default_help="who clicked in Port, where the payload tells",
        ),
    ] = None
    port_client_id: Annotated[
        ShortText | None,
        InputSpec(
            "Port client id. Without it and `port-client-secret` nothing is reported to Port.",
            example="${{ secrets.PORT_CLIENT_ID }}",
            deprecated=("portClientId",),
            trusted=True,
        ),
    ] = None
    port_client_secret: Annotated[
        Secret | None,
        InputSpec(
            "Port client secret.",
            example="${{ secrets.PORT_CLIENT_SECRET }}",
            deprecated=("portClientSecret",),
            trusted=True,
        ),
    ] = None
    port_region: Annotated[
        Literal["eu", "us"],
        CaseInsensitive,
        InputSpec("Region of the Port account: `eu` or `us`.", "us"),
    ] = "eu"
    port_run_id: Annotated[
        RunId | None,
        InputSpec(
            "Port action run (`r_…`) or workflow node run (`wfnr_…`) to report to.",
            example="r_AbC123",
            aliases=("run_id",),
            deprecated=("portRunId",),
            origin="run-id",
            default_help="`run_id` of `port_context`",
        ),
    ] = None
    blueprint: Annotated[
        Blueprint | None,
        InputSpec(
            "Port blueprint of the entity that comes of it.",
            example="pagerdutyIncident",
            aliases=("blueprintIdentifier",),
            deprecated=("blueprintIdentifier",),
            default_help="`pagerdutyIncident`, `pagerdutyService` or `incidentIOIncident`, "
            "by operation and provider",
        ),
    ] = None
    report_status: Annotated[
        Literal["never", "failure", "always"],
        CaseInsensitive,
        InputSpec(
            "When the action itself ends the Port run: `never`, on `failure`, or `always`. Use "
            "`always` where Port's `reportWorkflowStatus` is off.",
            example="always",
        ),
    ] = "failure"
    catalog_errors: Annotated[
        Literal["warn", "fail"],
        CaseInsensitive,
        InputSpec(
            "What Port trouble does to the step once the page is out: `warn` or `fail`.",
            example="fail",
        ),
    ] = "warn"
    create_missing_related: Annotated[
        bool,
        InputSpec(
            "`true` lets Port make entities that the new one relates to and that aren't there, "
            "such as its service's.",
            example="true",
        ),
    ] = False
    dry_run: Annotated[
        bool,
        InputSpec(
            "`true` looks everything up and shows what would be sent and what would change in the "
            "catalog, and changes nothing.",
            example="true",
        ),
    ] = False
    metrics_file: Annotated[
        ShortText | None,
        InputSpec(
            "File below the workspace to which one line of JSON about this run is appended, for "
            "those who collect such figures.",
            example="metrics/incidents.jsonl",
            trusted=True,
        ),
    ] = None
    config: Annotated[
        Text | None,
        InputSpec(
            "The configuration file's path below the workspace, or its YAML itself.",
            example=".github/pd-incident.yml",
            default_help="`.github/pd-incident.yml`, where the repository is checked out",
            trusted=True,
        ),
    ] = None
    timeout: Annotated[
        int,
        Field(ge=1, le=3600),
        InputSpec(
            "Seconds within which everything has to be done, retries included.", example="60"
        ),
    ] = 120
    pagerduty_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's REST API, for proxies and tests. https only, except for "
            "this machine itself.",
            example="https://api.pagerduty.com",
            default_help="by `pagerduty-region`",
            trusted=True,
        ),
    ] = None
    pagerduty_events_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's Events API v2, including `/v2`.",
            example="https://events.pagerduty.com/v2",
            default_help="by `pagerduty-region`",
            trusted=True,
        ),
    ] = None
    pagerduty_identity_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's identity service, which gives apps their tokens.",
            example="https://identity.pagerduty.com",
            trusted=True,
        ),
    ] = None
    incident_io_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of incident.io's API.",
            example="https://api.incident.io",
            trusted=True,
        ),
    ] = None
    port_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of Port's API.",
            example="https://api.port.io",
            default_help="by `port-region`",
            trusted=True,
        ),
    ] = None

    @property
    def missing_of_app(self) -> tuple[str, ...]:
        """Names of the inputs that an app's OAuth token still needs; none without an app."""
        parts = {
            "pagerduty-client-id": self.pagerduty_client_id,
            "pagerduty-client-secret": self.pagerduty_client_secret,
            "pagerduty-subdomain": self.pagerduty_subdomain,
        }
        missing = tuple(name for name, value in parts.items() if not value)
        return missing if len(missing) < len(parts) else ()

    @property
    def has_pagerduty(self) -> bool:
        """Whether there are credentials for PagerDuty's REST API."""
        return bool(self.pagerduty_token or self.pagerduty_client_secret)

    @property
    def identity_url(self) -> str:
        """Base URL of PagerDuty's identity service."""
        return self.pagerduty_identity_url or pagerduty.IDENTITY

    @property
    def pagerduty_url(self) -> str:
        """Base URL of PagerDuty's REST API."""
        return self.pagerduty_api_url or pagerduty.REST[self.pagerduty_region]

    @property
    def events_url(self) -> str:
        """Base URL of PagerDuty's Events API, including its version."""
        return self.pagerduty_events_url or pagerduty.EVENTS[self.pagerduty_region]

    @property
    def incident_io_url(self) -> str:
        """Base URL of incident.io's API."""
        return self.incident_io_api_url or incident_io.API

    @property
    def port_url(self) -> str:
        """Base URL of Port's API."""
        return self.port_api_url or port.API[self.port_region]

    def secrets(self) -> list[str]:
        """List the plain text of every secret, for masking."""
        values = (
            self.pagerduty_token,
            self.pagerduty_client_secret,
            self.routing_key,
            self.incident_io_token,
            self.port_client_secret,
        )
        return [value.get_secret_value() for value in values if value is not None]
