"""GitHub's REST API for one repository, as far as it shows pipelines.

https://docs.github.com/en/rest
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.api_model import ApiModel, Flag, Items, Text, WholeNumber, nested
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    ErrorDetail,
    build_path,
    is_list,
    is_object,
    message_of,
)
from pd_incident_action.identity import RunIdentity

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory

Model = TypeVar("Model", bound=ApiModel)

FAILED = frozenset({"failure", "timed_out", "startup_failure"})
"""Conclusions that mean that something is broken."""

_PAGE = 100
# A matrix has at most 256 jobs.
_MAX_PAGES = 10
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_NOT_ALLOWED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_RATE_LIMIT = (
    "the token has used up its requests for this hour",
    "wait, or give this workflow its own token",
)
_GUIDANCE: Mapping[int, tuple[str, str]] = {
    401: ("GitHub does not know the token", "check github-token"),
    403: ("the token may not do this", "add the permission to the job"),
    404: ("it does not exist, or the token may not see it", "check the name and the permissions"),
    422: ("GitHub refused a value", "check the inputs that GitHub names"),
    429: _RATE_LIMIT,
}
_OUTAGE = ("GitHub is having an outage", "see www.githubstatus.com")


class WorkflowRun(ApiModel):
    """A run of a workflow, in its latest attempt."""

    id: WholeNumber = None
    run_number: WholeNumber = None
    run_attempt: WholeNumber = None
    status: Text = ""
    conclusion: Text = ""
    head_sha: Text = ""
    html_url: Text = ""
    updated_at: Text = ""


class Step(ApiModel):
    """A step of a job."""

    name: Text = ""
    conclusion: Text = ""


class Job(ApiModel):
    """A job of a run; its id is also that of its check run."""

    id: WholeNumber = None
    name: Text = ""
    html_url: Text = ""
    conclusion: Text = ""
    steps: Items[Step] = ()

    @property
    def failed_steps(self) -> tuple[str, ...]:
        """Names of the steps that failed; while the job runs, of those so far."""
        return tuple(one.name for one in self.steps if one.conclusion in FAILED)

    @property
    def has_failed(self) -> bool:
        """Whether it failed, or is about to."""
        return self.conclusion in FAILED or (not self.conclusion and bool(self.failed_steps))


class Annotation(ApiModel):
    """What a job says about a line, or about itself."""

    annotation_level: Text = ""
    message: Text = ""


class Account(ApiModel):
    """A user or an app; in a commit itself, its author as Git has them."""

    login: Text = ""
    name: Text = ""
    email: Text = ""


class Verification(ApiModel):
    """Whether GitHub verified a commit's signature, and with it the e-mail address."""

    verified: Flag = False


class GitCommit(ApiModel):
    """A commit as Git has it."""

    message: Text = ""
    author: Account = nested()
    verification: Verification = nested()


class Commit(ApiModel):
    """A commit, and whose it is on GitHub."""

    sha: Text = ""
    author: Account = nested()
    commit: GitCommit = nested()


class Comparison(ApiModel):
    """What a commit has that another lacks: the commits, oldest first."""

    total_commits: WholeNumber = None
    commits: Items[Commit] = ()


class Pull(ApiModel):
    """A pull request."""

    number: WholeNumber = None
    title: Text = ""
    html_url: Text = ""
    user: Account = nested()


class Deployment(ApiModel):
    """A deployment to an environment."""

    id: WholeNumber = None
    sha: Text = ""


class DeploymentStatus(ApiModel):
    """A status of a deployment."""

    state: Text = ""


class GitHub:
    """GitHub's REST API for one repository.

    Every method raises `ApiError` where GitHub refuses or isn't reached; where the token may lack a
    permission, the error names it.

    Args:
        client: sends the requests.
        repository: ``owner/name``.
    """

    def __init__(self, client: ApiClient, repository: str) -> None:
        self._client = client
        owner, _, name = repository.partition("/")
        self._base = ("repos", owner, name)

    def run(self, run_id: str) -> WorkflowRun:
        """GET /actions/runs/{run_id}: read a workflow run."""
        action = "find the workflow run"
        return self._get(WorkflowRun, action, "actions: read", "actions", "runs", run_id)

    def runs(
        self, workflow: str, *, status: str, branch: str = "", limit: int = _PAGE
    ) -> list[WorkflowRun]:
        """GET /actions/workflows/{file}/runs: list a workflow's runs, newest first."""
        file = workflow.rpartition("/")[2]
        return self._list(
            WorkflowRun,
            f"list the runs of workflow {file}",
            "actions: read",
            *("actions", "workflows", file, "runs"),
            member="workflow_runs",
            status=status,
            branch=branch,
            per_page=str(limit),
        )

    def jobs(self, run_id: str, attempt: int) -> list[Job]:
        """GET /actions/runs/{run_id}/attempts/{attempt}/jobs: list the jobs of an attempt."""
        jobs: list[Job] = []
        for page in range(1, _MAX_PAGES + 1):
            jobs += self._list(
                Job,
                "list the jobs of the workflow run",
                "actions: read",
                *("actions", "runs", run_id, "attempts", str(attempt), "jobs"),
                member="jobs",
                per_page=str(_PAGE),
                page=str(page),
            )
            if len(jobs) < page * _PAGE:
                break
        return jobs

    def annotations(self, job: Job) -> list[Annotation]:
        """GET /check-runs/{id}/annotations: list a job's annotations."""
        segments = ("check-runs", str(job.id), "annotations")
        return self._list(Annotation, "list the job's annotations", "checks: read", *segments)

    def commit(self, sha: str) -> Commit:
        """GET /commits/{ref}: read a commit."""
        return self._get(Commit, "find the commit", "contents: read", "commits", sha)

    def compare(self, base: str, head: str) -> Comparison:
        """GET /compare/{base}...{head}: list what came after a commit, the first hundred."""
        segments = ("compare", f"{base}...{head}")
        action, size = "compare the commits", str(_PAGE)
        return self._get(Comparison, action, "contents: read", *segments, per_page=size)

    def pulls(self, sha: str) -> list[Pull]:
        """GET /commits/{sha}/pulls: list the pull requests that brought a commit."""
        segments = ("commits", sha, "pulls")
        return self._list(Pull, "find the pull requests", "pull-requests: read", *segments)

    def deployments(self, environment: str, *, sha: str = "", limit: int = 10) -> list[Deployment]:
        """GET /deployments: list the deployments to an environment, newest first."""
        return self._list(
            Deployment,
            f"list the deployments to {environment}",
            "deployments: read",
            "deployments",
            environment=environment,
            sha=sha,
            per_page=str(limit),
        )

    def deployment_statuses(self, deployment: Deployment) -> list[DeploymentStatus]:
        """GET /deployments/{id}/statuses: list a deployment's statuses, newest first."""
        action, segments = "find the deployment's status", ("deployments", str(deployment.id))
        return self._list(DeploymentStatus, action, "deployments: read", *segments, "statuses")

    def add_status(self, deployment: Deployment, status: Mapping[str, object]) -> None:
        """POST /deployments/{id}/statuses: set a deployment's status."""
        path = build_path(*self._base, "deployments", str(deployment.id), "statuses")
        action = "set the deployment's status"
        request = ApiRequest(
            "POST", path, action, json=status, headers=_HEADERS, idempotent=False, check=is_object
        )
        self._send(request, "deployments: write")

    def _get(
        self, kind: type[Model], action: str, permission: str, *segments: str, **params: str
    ) -> Model:
        path = build_path(*self._base, *segments)
        request = ApiRequest("GET", path, action, params=params, headers=_HEADERS, check=is_object)
        return kind.read(self._send(request, permission).body)

    def _list(
        self,
        kind: type[Model],
        action: str,
        permission: str,
        *segments: str,
        member: str = "",
        **params: str,
    ) -> list[Model]:
        request = ApiRequest(
            "GET",
            build_path(*self._base, *segments),
            action,
            params={name: value for name, value in params.items() if value},
            headers=_HEADERS,
            envelope=member,
            check=is_list,
        )
        body = self._send(request, permission).body
        return kind.read_all(body[member] if member else body)

    def _send(self, request: ApiRequest, permission: str) -> ApiResponse:
        try:
            return self._client.send(request)
        except ApiRejected as error:
            if error.status in _NOT_ALLOWED and not _is_rate_limit(error.headers):
                error.remedy = f"give the job the permission `{permission}`"
            raise


def open_github(
    clients: ClientFactory | None, identity: RunIdentity, seconds: float, *, attempts: int = 1
) -> GitHub | None:
    """Open GitHub's API with a time limit for all that is asked; None without a token."""
    token = clients.settings.github_token if clients else None
    if clients is None or token is None or not identity.repository:
        return None
    auth = {"Authorization": f"Bearer {token.get_secret_value()}"}
    factory = replace(clients, max_attempts=attempts)
    client = factory.client("GitHub", identity.api_url, lambda: auth, explain)
    seconds = min(seconds, clients.deadline.remaining() / 4)
    return GitHub(client.with_timeout(seconds), identity.repository)


def explain(status: int, headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal of GitHub's API."""
    cause, remedy = _GUIDANCE.get(status, _OUTAGE)
    if status == HTTPStatus.FORBIDDEN and _is_rate_limit(headers):
        cause, remedy = _RATE_LIMIT
    return ErrorDetail(message_of(body), None, cause, remedy)


def _is_rate_limit(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
