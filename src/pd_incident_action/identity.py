"""The workflow run, and the idempotency key derived from it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

KEY_PREFIX = "pdia-"
_GUARDED_BY = re.compile(rf"\({KEY_PREFIX}guard: (\S+) (\d+)\)")
_HEX_DIGITS = 40
# Fields of the run that GitHub's variables have in capitals.
_NAMED_ALIKE = (
    *("server_url", "api_url", "repository", "run_id", "run_number", "workflow", "job"),
    *("sha", "actor", "workspace"),
)


class RunIdentity(NamedTuple):
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

    server_url: str = "https://github.com"
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
    api_url: str = "https://api.github.com"
    external_run_id: str = ""
    workspace: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> RunIdentity:
        """Read GitHub's default variables; what isn't set is empty.

        https://docs.github.com/en/actions/reference/variables-reference
        """

        def get(name: str) -> str:
            return environment.get(f"GITHUB_{name}", "")

        event, head, ref, attempt = map(get, ("EVENT_NAME", "HEAD_REF", "REF_NAME", "RUN_ATTEMPT"))
        ids = [get(name) for name in ("REPOSITORY_OWNER_ID", "REPOSITORY_ID", "RUN_ID")]
        is_dispatched = event == "workflow_dispatch" and all(ids)
        given = {name: value for name in _NAMED_ALIKE if (value := get(name.upper()))}
        return cls(
            **given,
            run_attempt=int(attempt) if attempt.isdecimal() else 1,
            step=get("ACTION"),
            # GitHub takes such runs for those of the pull request's target.
            ref=f"pull request from {head}" if event == "pull_request_target" else ref,
            branch=head or ref,
            # The path in octo/shop/.github/workflows/ci.yml@refs/heads/main.
            workflow_file="/".join(get("WORKFLOW_REF").partition("@")[0].split("/")[2:]),
            external_run_id="_".join(["gh", *ids]) if is_dispatched else "",
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


def default_summary(identity: RunIdentity, verb: str, *facts: str | None) -> str:
    """Name the run in an event, for example ``octo/shop: CI failed (job test, main, run #12)``."""
    run = identity.run_number and f"run #{identity.run_number}"
    known = ", ".join(filter(None, (*facts, run)))
    text = f"{default_source(identity)}: {identity.workflow or 'a workflow'} {verb}"
    return f"{text} ({known})" if known else text
