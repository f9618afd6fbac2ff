"""The workflow run, and the idempotency key derived from it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

KEY_PREFIX = "pdia-"
_GUARDED_BY = re.compile(rf"\({KEY_PREFIX}guard: (\S+) (\d+)\)")
_HEX_DIGITS = 40
_GITHUB = "https://github.com"
_GITHUB_API = "https://api.github.com"


@dataclass(frozen=True)
class RunIdentity:
    """The workflow run; the same for every attempt of a job.

    Attributes:
        run_id: the workflow run's id, which re-runs keep.
        step: the step's id or the name GitHub gives it.
        ref: the short name of the branch or tag; what a pull request merges isn't its target's.
        branch: the branch by which GitHub lists the run: the one that a pull request comes from.
        sha: the commit that the run is about.
        external_run_id: what Port's GitHub Ocean integration calls the run that it has started, or
            empty where it can't have started this one.
        workspace: the folder that the repository is checked out into, or empty for the current.
    """

    server_url: str = _GITHUB
    repository: str = ""
    run_id: str = ""
    run_number: str = ""
    run_attempt: int = 1
    workflow: str = ""
    job: str = ""
    step: str = ""
    ref: str = ""
    sha: str = ""
    actor: str = ""
    workflow_file: str = ""
    branch: str = ""
    api_url: str = _GITHUB_API
    external_run_id: str = ""
    workspace: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> RunIdentity:
        """Read GitHub's default variables; what isn't set is empty.

        https://docs.github.com/en/actions/reference/variables-reference
        """
        return cls(
            server_url=environment.get("GITHUB_SERVER_URL") or _GITHUB,
            repository=environment.get("GITHUB_REPOSITORY", ""),
            run_id=environment.get("GITHUB_RUN_ID", ""),
            run_number=environment.get("GITHUB_RUN_NUMBER", ""),
            run_attempt=_attempt(environment.get("GITHUB_RUN_ATTEMPT", "")),
            workflow=environment.get("GITHUB_WORKFLOW", ""),
            job=environment.get("GITHUB_JOB", ""),
            step=environment.get("GITHUB_ACTION", ""),
            ref=_ref(environment),
            branch=environment.get("GITHUB_HEAD_REF") or environment.get("GITHUB_REF_NAME", ""),
            sha=environment.get("GITHUB_SHA", ""),
            actor=environment.get("GITHUB_ACTOR", ""),
            workflow_file=_workflow_file(environment.get("GITHUB_WORKFLOW_REF", "")),
            api_url=environment.get("GITHUB_API_URL") or _GITHUB_API,
            external_run_id=_external_run_id(environment),
            workspace=environment.get("GITHUB_WORKSPACE", ""),
        )

    @property
    def url(self) -> str:
        """The workflow run's page, or empty outside of GitHub."""
        if not (self.repository and self.run_id):
            return ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"

    @property
    def commit_url(self) -> str:
        """The commit's page, or empty outside of GitHub."""
        if not (self.repository and self.sha):
            return ""
        return f"{self.server_url}/{self.repository}/commit/{self.sha}"


def idempotency_key(identity: RunIdentity, port_run_id: str | None, parts: object) -> str:
    """Derive the key by which PagerDuty recognizes a repetition by the same run.

    The same click in Port, and each attempt of the same job, have the same key; another run, or
    other inputs in the same run, have another.

    Args:
        identity: the workflow run.
        port_run_id: the Port run, which identifies the click even if it is dispatched twice.
        parts: the operation and what is asked for, as JSON values; without defaults, so that the
            key stays the same when a new version has more inputs.

    Returns:
        45 letters, digits and hyphens, valid as `incident_key` and as `dedup_key`.
    """
    place = [identity.server_url, identity.repository]
    github = [*place, identity.run_id, identity.job, identity.step]
    run = [port_run_id] if port_run_id else github
    return derive_key([run, parts])


def derive_key(parts: object) -> str:
    """Derive a key from JSON values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return KEY_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_HEX_DIGITS]


def _workflow_file(ref: str) -> str:
    """Return the path in ``octo/shop/.github/workflows/ci.yml@refs/heads/main``."""
    return "/".join(ref.partition("@")[0].split("/")[2:])


def _ref(environment: Mapping[str, str]) -> str:
    """Return GITHUB_REF_NAME, but for runs on a pull request that GitHub takes for its target's."""
    ref, head = environment.get("GITHUB_REF_NAME", ""), environment.get("GITHUB_HEAD_REF", "")
    is_target = environment.get("GITHUB_EVENT_NAME") == "pull_request_target"
    return f"pull request from {head}" if is_target else ref


def _external_run_id(environment: Mapping[str, str]) -> str:
    names = ("GITHUB_REPOSITORY_OWNER_ID", "GITHUB_REPOSITORY_ID", "GITHUB_RUN_ID")
    ids = [environment.get(name, "") for name in names]
    is_dispatched = environment.get("GITHUB_EVENT_NAME") == "workflow_dispatch"
    return "_".join(["gh", *ids]) if is_dispatched and all(ids) else ""


def _attempt(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def guard_mark(identity: RunIdentity) -> str:
    """Return the mark in a maintenance window's description that names the run that opened it."""
    return f"({KEY_PREFIX}guard: {identity.repository} {identity.run_id})"


def guarding_run(description: str) -> tuple[str, str]:
    """Return the repository and id of the run that a window's description names."""
    match = _GUARDED_BY.search(description)
    return (match[1], match[2]) if match else ("", "")


def default_source(identity: RunIdentity) -> str:
    """Return an alert's default source: the repository."""
    return identity.repository or "GitHub Actions"
