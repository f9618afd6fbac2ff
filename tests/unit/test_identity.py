"""The same wish of the same run has the same key; everything else has another."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pd_incident_action.identity import RunIdentity, idempotency_key

ENVIRONMENT = {
    "GITHUB_SERVER_URL": "https://ghe.example.com",
    "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_RUN_ID": "123",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_WORKFLOW": "CI",
    "GITHUB_JOB": "page",
    "GITHUB_ACTION": "__org_pd-incident-action",
    "GITHUB_REF_NAME": "main",
    "GITHUB_SHA": "0123abc",
    "GITHUB_ACTOR": "ada",
}
IDENTITY = RunIdentity.from_environment(ENVIRONMENT)
ASKED = ["create", {"title": "Down", "urgency": "high"}]


def test_the_identity_is_read_from_githubs_variables() -> None:
    assert RunIdentity(
        server_url="https://ghe.example.com",
        repository="octo/shop",
        run_id="123",
        run_number="12",
        workflow="CI",
        job="page",
        step="__org_pd-incident-action",
        ref="main",
        sha="0123abc",
        actor="ada",
    ) == RunIdentity.from_environment(ENVIRONMENT)


@pytest.mark.parametrize(
    ("identity", "url"),
    [
        (IDENTITY, "https://ghe.example.com/octo/shop/actions/runs/123"),
        (replace(IDENTITY, run_id=""), ""),
        (replace(IDENTITY, repository=""), ""),
        (RunIdentity.from_environment({}), ""),
        (
            RunIdentity.from_environment({"GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "1"}),
            "https://github.com/o/r/actions/runs/1",
        ),
        (
            RunIdentity.from_environment({**ENVIRONMENT, "GITHUB_SERVER_URL": ""}),
            "https://github.com/octo/shop/actions/runs/123",
        ),
    ],
)
def test_the_run_has_a_page_only_on_github(identity: RunIdentity, url: str) -> None:
    assert identity.url == url


@pytest.mark.parametrize(
    ("identity", "url"),
    [
        (IDENTITY, "https://ghe.example.com/octo/shop/commit/0123abc"),
        (replace(IDENTITY, sha=""), ""),
        (replace(IDENTITY, repository=""), ""),
    ],
)
def test_the_commit_has_a_page_only_on_github(identity: RunIdentity, url: str) -> None:
    assert identity.commit_url == url


def test_a_key_fits_pagerduty() -> None:
    assert re.fullmatch(r"pdia-[0-9a-f]{40}", idempotency_key(IDENTITY, None, ASKED))


@pytest.mark.parametrize(
    "change", [{"GITHUB_RUN_ATTEMPT": "2"}, {"GITHUB_REF_NAME": "x"}, {"RUNNER_NAME": "other"}]
)
@pytest.mark.parametrize("port_run_id", [None, "r_1"])
def test_a_re_run_asks_with_the_same_key(change: dict[str, str], port_run_id: str | None) -> None:
    again = RunIdentity.from_environment(ENVIRONMENT | change)
    key = idempotency_key(IDENTITY, port_run_id, ASKED)
    assert idempotency_key(again, port_run_id, ASKED) == key


def test_the_order_of_inputs_does_not_matter() -> None:
    turned = ["create", {"urgency": "high", "title": "Down"}]
    assert idempotency_key(IDENTITY, None, turned) == idempotency_key(IDENTITY, None, ASKED)


@pytest.mark.parametrize(
    "change",
    [
        {"GITHUB_RUN_ID": "124"},
        {"GITHUB_JOB": "other"},
        {"GITHUB_ACTION": "second"},
        {"GITHUB_REPOSITORY": "octo/other"},
    ],
)
def test_another_run_job_or_step_asks_with_another_key(change: dict[str, str]) -> None:
    other = RunIdentity.from_environment(ENVIRONMENT | change)
    assert idempotency_key(other, None, ASKED) != idempotency_key(IDENTITY, None, ASKED)


@pytest.mark.parametrize(
    "asked",
    [
        ["create", {"title": "Down", "urgency": "low"}],
        ["create", {"title": "Up", "urgency": "high"}],
        ["trigger", {"title": "Down", "urgency": "high"}],
        [],
    ],
)
@pytest.mark.parametrize("port_run_id", [None, "r_1"])
def test_another_wish_of_the_same_run_has_another_key(
    asked: list[object], port_run_id: str | None
) -> None:
    key = idempotency_key(IDENTITY, port_run_id, ASKED)
    assert idempotency_key(IDENTITY, port_run_id, asked) != key


def test_one_click_in_port_is_one_key_even_if_github_runs_twice() -> None:
    twice = replace(IDENTITY, run_id="999", job="other")
    assert idempotency_key(twice, "r_1", ASKED) == idempotency_key(IDENTITY, "r_1", ASKED)
    assert idempotency_key(twice, "r_2", ASKED) != idempotency_key(IDENTITY, "r_1", ASKED)


def test_names_that_run_together_are_told_apart() -> None:
    one, other = replace(IDENTITY, job="ab", step="c"), replace(IDENTITY, job="a", step="bc")
    assert idempotency_key(one, None, ASKED) != idempotency_key(other, None, ASKED)
