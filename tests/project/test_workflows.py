"""The workflows have the least rights, keep expressions out of shells, and never hang."""

from __future__ import annotations

from typing import Any

from repository import ROOT, parse_yaml, read

FOLDER = ROOT / ".github" / "workflows"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))
# What is written, and by whom alone.
WRITES = {
    ("codeql.yml", "analyze", "security-events"),
    ("rebuild.yml", "prepare", "contents"),
    ("rebuild.yml", "prepare", "pull-requests"),
    ("release.yml", "carry", "attestations"),
    ("release.yml", "carry", "id-token"),
    ("release.yml", "image", "packages"),
    ("release.yml", "image", "id-token"),
    ("release.yml", "image", "attestations"),
    ("release.yml", "publish", "contents"),
    ("scorecard.yml", "scorecard", "id-token"),
    ("scorecard.yml", "scorecard", "security-events"),
}


def workflow(name: str) -> dict[str, Any]:
    document: dict[str, Any] = parse_yaml(read(FOLDER / name))
    return document


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = workflow(name)["jobs"]
    return found


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in jobs(name).values() for step in job.get("steps", [])]


def test_a_workflow_has_no_rights_but_its_jobs_least_ones() -> None:
    for name in NAMES:
        assert workflow(name)["permissions"] == {}
        assert all("permissions" in job for job in jobs(name).values())


def test_only_these_jobs_may_write() -> None:
    found = {
        (name, job, right)
        for name in NAMES
        for job, body in jobs(name).items()
        for right, how in body["permissions"].items()
        if how != "read"
    }
    assert found == WRITES


def test_no_expression_comes_near_a_shell() -> None:
    for name in NAMES:
        scripts = [step["run"] for step in steps(name) if "run" in step]
        assert [script for script in scripts if "${{" in script] == []


def test_no_checkout_leaves_a_token_behind() -> None:
    for name in NAMES:
        checkouts = [step for step in steps(name) if "actions/checkout@" in step.get("uses", "")]
        assert checkouts
        assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_no_job_runs_for_hours() -> None:
    for name in NAMES:
        limits = [int(job["timeout-minutes"]) for job in jobs(name).values() if "steps" in job]
        assert limits
        assert max(limits) <= 30


def test_a_release_and_what_it_calls_do_not_cancel_each_other() -> None:
    groups = [workflow(name)["concurrency"]["group"] for name in NAMES]
    # In a called workflow, github.workflow is the caller's name.
    assert [group for group in groups if "github.workflow" in group] == []
    assert len(set(groups)) == len(groups)


def test_a_release_is_tested_before_anybody_gets_it() -> None:
    needed = {name: job.get("needs", []) for name, job in jobs("release.yml").items()}
    assert {"ci", "selftest"} <= set(needed["image"])
    assert {"image", "try", "carry", "try-carried"} <= set(needed["publish"])
    for called in ("ci", "selftest"):
        uses = jobs("release.yml")[called]["uses"]
        assert uses == f"./.github/workflows/{called}.yml"
        assert "workflow_call" in workflow(f"{called}.yml")["on"]


def test_both_jobs_of_the_self_test_take_the_same_steps() -> None:
    def uses(job: str, action: str) -> list[tuple[str, dict[str, str]]]:
        found = [step for step in jobs("selftest.yml")[job]["steps"] if step.get("uses") == action]
        return [(step["id"], step["with"]) for step in found]

    assert uses("docker", "./") == uses("composite", "./dist/composite")
    assert len(uses("docker", "./")) == 6
