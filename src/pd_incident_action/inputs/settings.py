"""The inputs that every operation shares, whatever the provider, and the base of a provider's own.

Annotations aren't postponed here: to read them from strings takes a page 1 ms.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from pd_incident_action.errors import WHY_EMPTY, InputProblem
from pd_incident_action.port import URLS as PORT_URLS

from .fields import (
    ApiUrl,
    Blueprint,
    CaseInsensitive,
    InputSpec,
    RunId,
    Secret,
    ShortText,
    Text,
    setting,
)
from .intervals import parse_duration
from .values import public_name

_Settings = TypeVar("_Settings", bound="ProviderSettings")
_LONGEST_RUN = 3600


def _unless_false(value: object) -> object:
    """Take whatever isn't a clear no for a yes: a slip must not show people's names."""
    return value if value is False else str(value).strip().lower() not in {"false", "no", "off"}


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    seconds = int(parse_duration(value).total_seconds())
    if seconds > _LONGEST_RUN:
        raise ValueError("must be at most 1h")
    return seconds


class ProviderSettings(BaseModel):
    """A provider's settings. Each has a default: operations say which credentials they require.

    Attributes:
        CREDENTIALS: the inputs each of which is enough to page somebody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    CREDENTIALS: ClassVar[tuple[str, ...]]

    def has(self, credential: str) -> bool:
        """Return whether a credential, by its input's name, or an equal one is given."""
        return credential in (public_name(name) for name, value in self if value is not None)

    @property
    def can_page(self) -> bool:
        """Whether there are credentials to page anybody."""
        return any(map(self.has, self.CREDENTIALS))

    def problems(self) -> list[InputProblem]:
        """List what is wrong with the settings taken together."""
        return []


class Settings(BaseModel):
    """What holds for a whole run, whatever the operation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: Annotated[
        ShortText,
        CaseInsensitive,
        setting(
            "What to do, such as `create`, `trigger`, `acknowledge` or `resolve`: see "
            "docs/operations.md.",
            example="create",
        ),
    ] = "create"
    provider: Annotated[
        ShortText,
        CaseInsensitive,
        setting("The system to act on: {providers}.", "pagerduty"),
    ] = "pagerduty"
    port_client_id: Annotated[
        ShortText | None,
        InputSpec(
            "Port client id. Without it and `port-client-secret`, nothing is reported to Port.",
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
            decoration=True,
        ),
    ] = None
    port_region: Annotated[
        Literal["eu", "us"],
        CaseInsensitive,
        setting("Region of the Port account: `eu` or `us`.", "us", decoration=True),
    ] = "eu"
    port_run_id: Annotated[
        RunId | None,
        setting(
            "Port action run (`r_…`) or workflow node run (`wfnr_…`) to report to.",
            example="r_AbC123",
            aliases=("run_id",),
            deprecated=("portRunId",),
            origin="run_id",
            decoration=True,
            default_help="`run_id` of `port_context`",
        ),
    ] = None
    blueprint: Annotated[
        Blueprint | None,
        setting(
            "Port blueprint for the entity that is written.",
            example="pagerdutyIncident",
            aliases=("blueprintIdentifier",),
            deprecated=("blueprintIdentifier",),
            decoration=True,
            default_help="{blueprints}, by operation and provider",
        ),
    ] = None
    report_status: Annotated[
        Literal["never", "failure", "always"],
        CaseInsensitive,
        setting(
            "When the action ends the Port run itself: `never`, on `failure`, or `always`. Use "
            "`always` if Port's `reportWorkflowStatus` is off.",
            example="always",
            decoration=True,
        ),
    ] = "failure"
    catalog_errors: Annotated[
        Literal["warn", "fail"],
        CaseInsensitive,
        setting(
            "When updating Port fails after the page: `warn`, or `fail` the step.",
            example="fail",
            decoration=True,
        ),
    ] = "warn"
    dispatch_inputs: Annotated[
        bool,
        setting(
            "`false` ignores the inputs that the workflow was dispatched with, even if they look "
            "like the action's.",
            example="false",
            advanced=True,
        ),
    ] = True
    create_missing_related: Annotated[
        bool,
        setting(
            "`true` lets Port create missing entities that the written one relates to, such as "
            "its service.",
            example="true",
            decoration=True,
        ),
    ] = False
    redact_people: Annotated[
        bool,
        BeforeValidator(_unless_false),
        setting(
            "`true` keeps people's names and addresses out of the log, annotations, the summary "
            "and outputs, which anybody can read in a public repository.",
            example="true",
        ),
    ] = False
    dry_run: Annotated[
        bool,
        setting(
            "`true` shows which requests would be sent and what would change in the catalog, "
            "without changing anything.",
            example="true",
        ),
    ] = False
    metrics_file: Annotated[
        ShortText | None,
        InputSpec(
            "File below the workspace to append this run's metrics to, as one line of JSON.",
            example="metrics/incidents.jsonl",
            trusted=True,
        ),
    ] = None
    config: Annotated[
        Text | None,
        InputSpec(
            "Path of the configuration file below the workspace, or its YAML content.",
            example=".github/pd-incident.yml",
            default_help="`.github/pd-incident.yml`, if it is checked out",
            trusted=True,
        ),
    ] = None
    timeout: Annotated[
        int,
        BeforeValidator(_seconds),
        setting(
            "Overall time limit, including retries: `1s` to `1h`.",
            example="5m",
            default_help="2m",
            decoration=True,
        ),
    ] = 120
    port_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of Port's API.",
            example="https://api.port.io",
            default_help="by `port-region`",
            trusted=True,
            advanced=True,
        ),
    ] = None
    github_token: Annotated[
        Secret | None,
        InputSpec(
            "GitHub token, for what `follow`, `guard` and `expect` read about the workflow; see "
            "docs/following-a-pipeline.md for the permissions that each part requires.",
            example="${{ github.token }}",
            trusted=True,
            advanced=True,
            decoration=True,
            default_help="the job's own token",
            runner_default="${{ github.token }}",
        ),
    ] = None
    matrix: Annotated[
        Text | None,
        InputSpec(
            "The job's matrix, each combination of which `follow` treats as a pipeline. If empty, "
            "all of them are one pipeline.",
            example="${{ toJSON(matrix) }}",
            trusted=True,
            advanced=True,
            default_help="the job's own, so that each combination is a pipeline",
            runner_default="${{ toJSON(matrix) }}",
        ),
    ] = None
    provider_settings: tuple[ProviderSettings, ...] = ()

    def of(self, kind: type[_Settings]) -> _Settings:
        """Return a provider's settings."""
        return next(one for one in self.provider_settings if isinstance(one, kind))

    @property
    def port_url(self) -> str:
        """Base URL of Port's API."""
        return self.port_api_url or PORT_URLS[self.port_region]

    def has(self, credential: str) -> bool:
        """Return whether a credential, by its input's name, or an equal one is given."""
        named = (public_name(name) for name, value in self if value is not None)
        return credential in named or any(one.has(credential) for one in self.provider_settings)

    def port_problem(self) -> str:
        """Explain why nothing is reported to Port although that seems intended; else empty."""
        given = {
            "port-client-id": self.port_client_id,
            "port-client-secret": self.port_client_secret,
        }
        empty = [name for name, value in given.items() if value is None]
        if not empty or (len(empty) == len(given) and self.port_run_id is None):
            return ""
        are = "are" if len(empty) > 1 else "is"
        return f"Nothing is reported to Port: {' and '.join(empty)} {are} empty. {WHY_EMPTY}."

    def secrets(self) -> Iterator[str]:
        """Yield the plain text of every secret, for masking."""
        for model in (self, *self.provider_settings):
            for _, value in model:
                if isinstance(value, SecretStr):
                    yield value.get_secret_value()
