"""GitHub's REST API: authentication, permissions, and all its endpoints.

https://docs.github.com/en/rest
"""

from __future__ import annotations

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routing import Api

from .state import REPOSITORY, TOKEN, GitHubState, Json

_REPOSITORY = f"/repos/{REPOSITORY}"
_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
routes = routing.Routes[GitHubState]()


class GitHubApi(Api[GitHubState]):
    """GitHub's REST API."""

    name = "github"

    def __init__(self, state: GitHubState) -> None:
        super().__init__(state, routes)

    def handle(self, request: Request) -> Reply:
        """Handle a request with a token that is known."""
        with self.state.lock:
            if request.bearer_token() != TOKEN:
                return Reply(401, {"message": "Bad credentials"})
            permission = _permission(request)
            if permission not in self.state.permissions:
                return Reply(403, {"message": "Resource not accessible by integration"})
            reply = super().handle(request)
            # The body as it is now: the objects in it may change once the lock is free.
            return Reply(reply.status, reply.data)


def _permission(request: Request) -> str:
    """Return the permission that a request takes."""
    path = request.path.removeprefix(_REPOSITORY)
    if path.startswith("/actions/"):
        return "actions: read"
    if path.startswith("/check-runs/"):
        return "checks: read"
    if path.startswith("/deployments"):
        return "deployments: read" if request.method == "GET" else "deployments: write"
    return "pull-requests: read" if path.endswith("/pulls") else "contents: read"


def _page(request: Request, items: list[Json]) -> list[Json]:
    size, number = int(request.param("per_page", "30")), int(request.param("page", "1"))
    return items[(number - 1) * size : number * size]


def _shown(body: object) -> Reply:
    return Reply(404, {"message": "Not Found"}) if body is None else Reply(200, body)


@routes("GET", f"{_REPOSITORY}/actions/runs/{{run_id}}")
def get_run(state: GitHubState, request: Request) -> Reply:
    """Return a workflow run."""
    return _shown(state.runs.get(int(request.path_params["run_id"])))


@routes("GET", f"{_REPOSITORY}/actions/workflows/{{workflow}}/runs")
def list_runs(state: GitHubState, request: Request) -> Reply:
    """List a workflow's runs, newest first; the status may also be a conclusion."""
    workflow, branch = request.path_params["workflow"], request.param("branch")
    known = [one for one in state.runs.values() if one["path"].rpartition("/")[2] == workflow]
    if not known:
        return _shown(None)
    wanted = request.param("status")
    found = [
        one
        for one in sorted(known, key=lambda one: -int(one["run_number"]))
        if branch in {"", one["head_branch"]} and wanted in {"", one["status"], one["conclusion"]}
    ]
    return Reply(200, {"total_count": len(found), "workflow_runs": _page(request, found)})


@routes("GET", f"{_REPOSITORY}/actions/runs/{{run_id}}/attempts/{{attempt}}/jobs")
def list_jobs(state: GitHubState, request: Request) -> Reply:
    """List the jobs of an attempt."""
    key = (int(request.path_params["run_id"]), int(request.path_params["attempt"]))
    if key not in state.jobs:
        return _shown(None)
    jobs = state.jobs[key]
    return Reply(200, {"total_count": len(jobs), "jobs": _page(request, jobs)})


@routes("GET", f"{_REPOSITORY}/check-runs/{{job_id}}/annotations")
def list_annotations(state: GitHubState, request: Request) -> Reply:
    """List a job's annotations."""
    return Reply(200, state.annotations.get(int(request.path_params["job_id"]), []))


@routes("GET", f"{_REPOSITORY}/commits/{{sha}}")
def get_commit(state: GitHubState, request: Request) -> Reply:
    """Return a commit."""
    return _shown(state.commits.get(request.path_params["sha"]))


@routes("GET", f"{_REPOSITORY}/commits/{{sha}}/pulls")
def list_pulls(state: GitHubState, request: Request) -> Reply:
    """List the pull requests that brought a commit."""
    return Reply(200, state.pulls.get(request.path_params["sha"], []))


@routes("GET", f"{_REPOSITORY}/compare/{{basehead}}")
def compare(state: GitHubState, request: Request) -> Reply:
    """List what came after a commit, oldest first; the history has no branches."""
    base, _, head = request.path_params["basehead"].partition("...")
    shas = list(state.commits)
    if base not in shas or head not in shas:
        return _shown(None)
    commits = [state.commits[one] for one in shas[shas.index(base) + 1 : shas.index(head) + 1]]
    body = {
        "url": f"https://api.github.com{request.path}",
        "html_url": f"https://github.com/{REPOSITORY}/compare/{base}...{head}",
        "status": "ahead" if commits else "identical",
        "ahead_by": len(commits),
        "behind_by": 0,
        "total_commits": len(commits),
        "base_commit": state.commits[base],
        "merge_base_commit": state.commits[base],
        "commits": _page(request, commits),
    }
    return Reply(200, body)


@routes("GET", f"{_REPOSITORY}/deployments")
def list_deployments(state: GitHubState, request: Request) -> Reply:
    """List deployments, newest first."""
    environment, sha = request.param("environment"), request.param("sha")
    found = [
        one
        for one in reversed(state.deployments.values())
        if environment in {"", one["environment"]} and sha in {"", one["sha"]}
    ]
    return Reply(200, _page(request, found))


@routes("GET", f"{_REPOSITORY}/deployments/{{deployment_id}}/statuses")
def list_statuses(state: GitHubState, request: Request) -> Reply:
    """List a deployment's statuses, newest first."""
    found = state.statuses.get(int(request.path_params["deployment_id"]))
    return _shown(found and found[::-1])


@routes("POST", f"{_REPOSITORY}/deployments/{{deployment_id}}/statuses")
def add_status(state: GitHubState, request: Request) -> Reply:
    """Set a deployment's status."""
    deployment_id, given = int(request.path_params["deployment_id"]), request.json
    if deployment_id not in state.statuses:
        return _shown(None)
    if not isinstance(given, dict) or given.get("state") not in _STATES:
        return Reply(422, {"message": "Validation Failed"})
    return Reply(201, state.add_status(deployment_id, given))
