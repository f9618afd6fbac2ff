"""GitHub's repository: everything it holds."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count
from typing import Any

Json = dict[str, Any]

REPOSITORY = "octo/shop"
_WEB = f"https://github.com/{REPOSITORY}"
_API = f"https://api.github.com/repos/{REPOSITORY}"
TOKEN = "ghs_simulatedtoken"
PERMISSIONS = frozenset(
    {
        "actions: read",
        "checks: read",
        "contents: read",
        "deployments: read",
        "deployments: write",
        "pull-requests: read",
    }
)


class GitHubState:
    """Everything the repository holds, as the API shows it; the lock guards all of it.

    What it holds is in the order in which it happened.

    Attributes:
        permissions: what the job's token may do.
        jobs: by run and attempt.
        annotations: by the job's id.
        commits: by sha.
        pulls: the pull requests that brought a commit, by sha.
        statuses: by deployment.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to an empty repository."""
        with self.lock:
            self.permissions = set(PERMISSIONS)
            self.runs: dict[int, Json] = {}
            self.jobs: dict[tuple[int, int], list[Json]] = {}
            self.annotations: dict[int, list[Json]] = {}
            self.commits: dict[str, Json] = {}
            self.pulls: dict[str, list[Json]] = {}
            self.deployments: dict[int, Json] = {}
            self.statuses: dict[int, list[Json]] = {}
            self._ids = count(1001)

    def add_commit(self, sha: str, message: str, login: str, *, verified: bool = False) -> Json:
        """Push a commit on top of the others."""
        signature = {"name": login.title(), "email": f"{login}@example.com", "date": _now()}
        url = f"{_API}/commits/{sha}"
        parents = [{"sha": one, "url": url} for one in list(self.commits)[-1:]]
        self.commits[sha] = commit = {
            "sha": sha,
            "url": url,
            "html_url": f"{_WEB}/commit/{sha}",
            "author": _account(login),
            "committer": _account(login),
            "parents": parents,
            "commit": {
                "author": signature,
                "committer": signature,
                "message": message,
                "comment_count": 0,
                "url": url,
                "verification": {"verified": verified},
            },
        }
        return commit

    def add_pull(self, sha: str, number: int, title: str, login: str) -> None:
        """Let a pull request have brought a commit."""
        side = {"label": "octo:main", "ref": "main", "sha": sha, "user": _account(login)}
        url = f"{_WEB}/pull/{number}"
        pull = {
            "id": next(self._ids),
            "number": number,
            "title": title,
            "state": "closed",
            "body": None,
            "url": url,
            "html_url": url,
            "user": _account(login),
            "labels": [],
            "base": side,
            "head": side,
            "merge_commit_sha": sha,
            "merged_at": _now(),
            "closed_at": _now(),
            **_made(),
        }
        self.pulls.setdefault(sha, []).append(pull)

    def add_run(self, number: int, conclusion: str | None, **more: Any) -> Json:  # noqa: ANN401 - a run's members
        """Let a workflow run, with some unusual members; without a conclusion it still runs."""
        run_id = more.get("id") or next(self._ids)
        url = f"{_WEB}/actions/runs/{run_id}"
        sha, at = more.get("head_sha", "0" * 40), more.get("updated_at") or _now()
        signature = {"name": "Ada", "email": "ada@example.com"}
        owner = {"login": "octo", "id": 1, "type": "Organization", "html_url": "https://github.com"}
        run = {
            "id": run_id,
            "name": "CI",
            "run_number": number,
            "run_attempt": 1,
            "event": "push",
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "head_branch": "main",
            "head_sha": sha,
            "path": ".github/workflows/ci.yml",
            "display_title": "CI",
            "workflow_id": 1,
            "url": url,
            "html_url": url,
            "jobs_url": f"{url}/jobs",
            "created_at": at,
            "updated_at": at,
            "pull_requests": [],
            "head_commit": {
                "id": sha,
                "tree_id": sha,
                "message": "Change",
                "timestamp": at,
                "author": signature,
                "committer": signature,
            },
            "repository": {
                "id": 1,
                "name": "shop",
                "full_name": REPOSITORY,
                "html_url": _WEB,
                "private": True,
                "owner": owner,
            },
            **more,
        }
        self.runs[run_id] = run
        return run

    def add_job(  # noqa: PLR0913 - what a job is made of
        self,
        run_id: int,
        name: str,
        conclusion: str | None,
        *,
        attempt: int = 1,
        failed_step: str = "",
        message: str = "",
    ) -> None:
        """Let a job of an attempt run; a message is its annotation about the failed step."""
        job_id, at = next(self._ids), _now()
        url = f"{_WEB}/actions/runs/{run_id}/job/{job_id}"
        step = {
            "name": failed_step,
            "number": 2,
            "status": "completed",
            "conclusion": "failure",
            "started_at": at,
            "completed_at": at,
        }
        job = {
            "id": job_id,
            "run_id": run_id,
            "run_attempt": attempt,
            "run_url": url,
            "url": url,
            "html_url": url,
            "name": name,
            "workflow_name": "CI",
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "head_sha": "0" * 40,
            "head_branch": "main",
            "labels": ["ubuntu-latest"],
            "runner_name": None,
            "created_at": at,
            "started_at": at,
            "completed_at": at if conclusion else None,
            "steps": [step] if failed_step else [],
        }
        self.jobs.setdefault((run_id, attempt), []).append(job)
        if message:
            self.annotations[job_id] = [{"annotation_level": "failure", "message": message}]

    def add_deployment(self, environment: str, sha: str, state: str = "") -> int:
        """Deploy a commit to an environment; return the deployment's id."""
        deployment_id = next(self._ids)
        self.deployments[deployment_id] = {
            "id": deployment_id,
            "sha": sha,
            "ref": "main",
            "task": "deploy",
            "environment": environment,
            "description": None,
            "payload": {},
            "creator": _account("ada"),
            "url": _API,
            "statuses_url": _API,
            **_made(),
        }
        self.statuses[deployment_id] = []
        if state:
            self.add_status(deployment_id, {"state": state})
        return deployment_id

    def add_status(self, deployment_id: int, given: Json) -> Json:
        """Set a deployment's status."""
        status = {
            "id": next(self._ids),
            "creator": _account("ada"),
            "description": "",
            "target_url": "",
            "url": _API,
            "deployment_url": _API,
            **_made(),
            **given,
        }
        self.statuses[deployment_id].append(status)
        return status


def _account(login: str) -> Json:
    return {"login": login, "id": 1, "type": "User", "html_url": f"https://github.com/{login}"}


def _made() -> Json:
    return {"created_at": _now(), "updated_at": _now()}


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
