"""The same inputs in the same run have the same key; everything else has another."""

from __future__ import annotations

from pd_incident_action.identity import RunIdentity, guard_mark, guarding_run, idempotency_key

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
    "GITHUB_EVENT_NAME": "workflow_dispatch",
    "GITHUB_REPOSITORY_OWNER_ID": "1",
    "GITHUB_REPOSITORY_ID": "2",
    "GITHUB_WORKSPACE": "/github/workspace",
}
IDENTITY = RunIdentity.from_environment(ENVIRONMENT)
PARTS = ["create", {"title": "Down", "urgency": "high"}]
KEY = idempotency_key(IDENTITY, None, PARTS)


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
        branch="main",
        sha="0123abc",
        actor="ada",
        external_run_id="gh_1_2_123",
        workspace="/github/workspace",
    ) == RunIdentity.from_environment(ENVIRONMENT)
    assert RunIdentity.from_environment({}) == RunIdentity()
    unknown = ENVIRONMENT | {"GITHUB_REPOSITORY_ID": ""}
    assert RunIdentity.from_environment(unknown).external_run_id == ""


def test_a_rerun_for_a_pull_request_is_told_from_its_targets_own() -> None:
    pull_request = {
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_EVENT_NAME": "pull_request_target",
        "GITHUB_HEAD_REF": "fix",
        "GITHUB_WORKFLOW_REF": "octo/shop/.github/workflows/ci.yml@refs/heads/main",
        "GITHUB_API_URL": "https://ghe.example.com/api/v3",
    }
    assert RunIdentity.from_environment(ENVIRONMENT | pull_request) == IDENTITY._replace(
        run_attempt=2,
        ref="pull request from fix",
        branch="fix",
        workflow_file=".github/workflows/ci.yml",
        api_url="https://ghe.example.com/api/v3",
        external_run_id="",
    )


def test_the_run_that_opened_a_maintenance_window_is_found_again() -> None:
    assert guarding_run(f"Deploy {guard_mark(IDENTITY)}") == ("octo/shop", "123")
    assert guarding_run("Deploy by hand") == ("", "")


def test_run_and_commit_have_a_page_only_on_github() -> None:
    for identity, url, commit_url in [
        (
            IDENTITY,
            "https://ghe.example.com/octo/shop/actions/runs/123",
            "https://ghe.example.com/octo/shop/commit/0123abc",
        ),
        (
            RunIdentity.from_environment({**ENVIRONMENT, "GITHUB_SERVER_URL": ""}),
            "https://github.com/octo/shop/actions/runs/123",
            "https://github.com/octo/shop/commit/0123abc",
        ),
        (IDENTITY._replace(run_id="", sha=""), "", ""),
        (IDENTITY._replace(repository=""), "", ""),
        (RunIdentity.from_environment({}), "", ""),
    ]:
        assert (identity.url, identity.commit_url) == (url, commit_url)


def test_a_new_version_has_the_same_keys() -> None:
    assert KEY == "pdia-c9ed0140fa46520df29829bbb5adee2a33263a6f"
    assert (
        idempotency_key(IDENTITY, "r_1", PARTS) == "pdia-710487d03627377466c0776a8b0fb3c610235c4f"
    )
    text = ["create", {"title": "Zürich 🔥"}]
    assert idempotency_key(IDENTITY, "r_1", text) == "pdia-fa2d418859d1e84b8eaeeca96fb8b34aedf16a0c"


def test_whatever_asks_for_the_same_in_the_same_run_has_the_same_key() -> None:
    turned = ["create", {"urgency": "high", "title": "Down"}]
    for change in [{"GITHUB_RUN_ATTEMPT": "2"}, {"GITHUB_REF_NAME": "x"}, {"RUNNER_NAME": "other"}]:
        again = RunIdentity.from_environment(ENVIRONMENT | change)
        assert idempotency_key(again, None, turned) == KEY
    # One click in Port may start several workflow runs.
    twice = IDENTITY._replace(run_id="999", job="other")
    assert idempotency_key(twice, "r_1", turned) == idempotency_key(IDENTITY, "r_1", PARTS)


def test_whatever_asks_for_something_else_or_in_another_run_has_another_key() -> None:
    others = [
        ["create", {"title": "Down", "urgency": "low"}],
        ["create", {"title": "Up", "urgency": "high"}],
        ["trigger", {"title": "Down", "urgency": "high"}],
        [],
    ]
    identities = [
        *(
            RunIdentity.from_environment({**ENVIRONMENT, f"GITHUB_{name}": "other"})
            for name in ("RUN_ID", "JOB", "ACTION", "REPOSITORY", "SERVER_URL")
        ),
        # Names are told apart where they meet.
        IDENTITY._replace(job="ab", step="c"),
        IDENTITY._replace(job="a", step="bc"),
    ]
    keys = [
        KEY,
        *(idempotency_key(one, None, PARTS) for one in identities),
        *(idempotency_key(IDENTITY, click, PARTS) for click in ("r_1", "r_2")),
        *(idempotency_key(IDENTITY, click, other) for other in others for click in (None, "r_1")),
    ]
    assert len(set(keys)) == len(keys)
