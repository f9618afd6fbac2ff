"""GitHub's REST API for one repository: one method for each endpoint in use.

https://docs.github.com/en/rest

Every method raises `ApiError` where GitHub refuses or isn't reached; where the token may lack a
permission, the error names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    Check,
    ErrorDetail,
    build_path,
    is_list,
    is_object,
    message_of,
)
from pd_incident_action.identity import RunIdentity

from .models import (
    Annotation,
    Commit,
    Comparison,
    Deployment,
    DeploymentStatus,
    Job,
    Pull,
    WorkflowRun,
)

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory

SERVICE = "GitHub"
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


def explain(status: int, headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal of GitHub's API."""
    cause, remedy = _GUIDANCE.get(status, _OUTAGE)
    if status == HTTPStatus.FORBIDDEN and _is_rate_limit(headers):
        cause, remedy = _RATE_LIMIT
    return ErrorDetail(message_of(body), None, cause, remedy)


def open_github(
    clients: ClientFactory | None, identity: RunIdentity, seconds: float, *, attempts: int = 1
) -> GitHub | None:
    """Open GitHub's API with a time limit for all that is asked; None without a token."""
    token = clients.settings.github_token if clients else None
    if clients is None or token is None or not identity.repository:
        return None
    auth = {"Authorization": f"Bearer {token.get_secret_value()}"}
    factory = replace(clients, max_attempts=attempts)
    client = factory.client(SERVICE, identity.api_url, lambda: auth, explain)
    seconds = min(seconds, clients.deadline.remaining() / 4)
    return GitHub(client.with_timeout(seconds), identity.repository)


class GitHub:
    """GitHub's REST API for one repository.

    Args:
        client: sends the requests.
        repository: ``owner/name``.
    """

    def __init__(self, client: ApiClient, repository: str) -> None:
        self._client = client
        owner, _, name = repository.partition("/")
        self._base = ("repos", owner, name)

    def with_timeout(self, seconds: float) -> GitHub:
        """Return the same API, on the same connection, with a time limit for all its requests."""
        return GitHub(self._client.with_timeout(seconds), "/".join(self._base[1:]))

    def run(self, run_id: str) -> WorkflowRun:
        """GET /actions/runs/{run_id}: read a workflow run."""
        found = self._get("find the workflow run", "actions: read", "actions", "runs", run_id)
        return WorkflowRun.read(found)

    def runs(
        self, workflow: str, *, status: str, branch: str = "", limit: int = _PAGE
    ) -> list[WorkflowRun]:
        """GET /actions/workflows/{workflow}/runs: list a workflow's runs, newest first.

        Args:
            workflow: the name of its file.
            status: a status or conclusion that they have.
            branch: their branch, or empty for all.
            limit: how many at most.
        """
        found = self._get(
            f"list the runs of workflow {workflow}",
            "actions: read",
            *("actions", "workflows", workflow, "runs"),
            status=status,
            branch=branch,
            per_page=str(limit),
            member="workflow_runs",
        )
        return WorkflowRun.read_all(found)

    def jobs(self, run_id: str, attempt: int) -> list[Job]:
        """GET /actions/runs/{run_id}/attempts/{attempt}/jobs: list the jobs of an attempt."""
        jobs: list[Job] = []
        for page in range(1, _MAX_PAGES + 1):
            found = self._get(
                "list the jobs of the workflow run",
                "actions: read",
                *("actions", "runs", run_id, "attempts", str(attempt), "jobs"),
                per_page=str(_PAGE),
                page=str(page),
                member="jobs",
            )
            listed = Job.read_all(found)
            jobs += listed
            if len(listed) < _PAGE:
                break
        return jobs

    def annotations(self, job_id: int) -> list[Annotation]:
        """GET /check-runs/{id}/annotations: list a job's annotations."""
        found = self._get(
            "list the job's annotations",
            "checks: read",
            *("check-runs", str(job_id), "annotations"),
            check=is_list,
        )
        return Annotation.read_all(found)

    def commit(self, sha: str) -> Commit:
        """GET /commits/{ref}: read a commit."""
        return Commit.read(self._get("find the commit", "contents: read", "commits", sha))

    def compare(self, base: str, head: str) -> Comparison:
        """GET /compare/{base}...{head}: list what came after a commit, the first hundred."""
        found = self._get(
            "compare the commits",
            "contents: read",
            *("compare", f"{base}...{head}"),
            per_page=str(_PAGE),
        )
        return Comparison.read(found)

    def pulls(self, sha: str) -> list[Pull]:
        """GET /commits/{sha}/pulls: list the pull requests that brought a commit."""
        found = self._get(
            "find the pull requests",
            "pull-requests: read",
            *("commits", sha, "pulls"),
            check=is_list,
        )
        return Pull.read_all(found)

    def deployments(self, environment: str, *, sha: str = "", limit: int = 10) -> list[Deployment]:
        """GET /deployments: list the deployments to an environment, newest first."""
        found = self._get(
            f"list the deployments to {environment}",
            "deployments: read",
            "deployments",
            environment=environment,
            sha=sha,
            per_page=str(limit),
            check=is_list,
        )
        return Deployment.read_all(found)

    def deployment_statuses(self, deployment_id: int) -> list[DeploymentStatus]:
        """GET /deployments/{id}/statuses: list a deployment's statuses, newest first."""
        found = self._get(
            "find the deployment's status",
            "deployments: read",
            *("deployments", str(deployment_id), "statuses"),
            check=is_list,
        )
        return DeploymentStatus.read_all(found)

    def add_deployment_status(self, deployment_id: int, status: Mapping[str, object]) -> None:
        """POST /deployments/{id}/statuses: set a deployment's status."""
        path = build_path(*self._base, "deployments", str(deployment_id), "statuses")
        action = "set the deployment's status"
        request = ApiRequest(
            "POST", path, action, json=status, headers=_HEADERS, idempotent=False, check=is_object
        )
        self._send(request, "deployments: write")

    def _get(
        self,
        action: str,
        permission: str,
        *segments: str,
        member: str = "",
        check: Check | None = None,
        **params: str,
    ) -> object:
        request = ApiRequest(
            "GET",
            build_path(*self._base, *segments),
            action,
            params={name: value for name, value in params.items() if value},
            headers=_HEADERS,
            envelope=member,
            check=check or (is_list if member else is_object),
        )
        body = self._send(request, permission).body
        return body[member] if member else body

    def _send(self, request: ApiRequest, permission: str) -> ApiResponse:
        try:
            return self._client.send(request)
        except ApiRejected as error:
            if error.status in _NOT_ALLOWED and not _is_rate_limit(error.headers):
                error.remedy = f"give the job the permission `{permission}`"
            raise


def _is_rate_limit(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
