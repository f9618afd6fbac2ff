"""`follow`: one incident while a pipeline is broken, resolved when it is green again.

That its incident is open just while the newest verdict is bad, however runs end: see
`test_follow_histories`.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness import CLIENT_ID, CLIENT_SECRET, InProcess, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pipelines import RUN, SHA, WITHOUT_REST, WITHOUT_ROUTING_KEY, Clock, Pipeline


@pytest.fixture
def pipeline(sim: Simulator, act: InProcess) -> Pipeline:
    return Pipeline(sim, act)


def test_a_routing_key_alone_pages_once_and_resolves(sim: Simulator, pipeline: Pipeline) -> None:
    for run in (1, 2):
        assert pipeline("failure", run, **WITHOUT_REST).code == 0
    result = pipeline("success", 3, **WITHOUT_REST)
    assert "Whether one was open is unknown" in result.log
    assert [one.json["event_action"] for one in sim.exchanges if one.path == "/v2/enqueue"] == [
        *("trigger", "trigger", "resolve"),
    ]
    assert pipeline.statuses == ["resolved"]
    pipeline("failure", 4, **WITHOUT_REST)
    assert pipeline.statuses == ["resolved", "triggered"]


def test_what_a_person_reads(sim: Simulator, pipeline: Pipeline) -> None:
    assert "no incident is open" in pipeline("success", 1).log
    assert {one.method for one in sim.exchanges} == {"GET"}
    needs = {"build": {"result": "success"}, "test": {"result": "failure", "outputs": {}}}
    first = pipeline(json.dumps(needs), 2)
    assert first.outputs["created"] == "true"
    assert pipeline.incidents[0]["title"] == "octo/shop: Page is failing (test, main)"
    (event,) = [one.json for one in sim.exchanges if one.path == "/v2/enqueue"]
    repository, run = "https://github.com/octo/shop", f"actions/runs/{RUN + 2}"
    assert event["links"] == [
        {"href": f"{repository}/{run}", "text": "Workflow run"},
        {"href": f"{repository}/commit/{SHA}", "text": "Commit"},
    ]
    assert event["payload"]["custom_details"] == {
        "failed": "test",
        "run": "#2, attempt 1",
        "branch": "main",
        "commit": SHA,
        "started by": "grace",
        "page": f"{repository}/{run}",
    }
    again = pipeline("failure", 3)
    assert "Nobody was paged: The pipeline is still broken" in again.log
    assert again.outputs["created"] == "false"
    assert "fixed after" in pipeline("success", 4).log
    notes = pipeline.notes()
    assert "Broken, as of run #2: test." in notes
    assert "Still broken, as of run #3." in notes
    assert "by run #4 with commit feed000 of grace." in notes
    pipeline(json.dumps({f"job-{number}": {"result": "failure"} for number in range(250)}), 5)
    jobs = "job-0, job-1, job-2, job-3, job-4, 245 more"
    assert pipeline.incidents[1]["title"] == f"octo/shop: Page is failing ({jobs}, main)"


def test_an_incident_that_was_moved_to_another_service_is_still_the_one(pipeline: Pipeline) -> None:
    pipeline("failure", 1, **WITHOUT_ROUTING_KEY)
    (incident,) = pipeline.incidents
    assert incident["urgency"] == "high"
    assert "failed: test\nrun: #1, attempt 1\n" in incident["body"]["details"]
    incident["service"] = {"id": "PSVC002", "type": "service_reference"}
    pipeline("failure", 2, **WITHOUT_ROUTING_KEY)
    assert pipeline.statuses == ["triggered"]


def test_nobody_forges_the_note_of_a_newer_run(sim: Simulator, pipeline: Pipeline) -> None:
    pipeline("failure", 1)
    forged = f"Broken ({pipeline.incidents[0]['incident_key']}: 99999999999.1 #9)"
    pipeline("success", 2)
    sim.github.state.add_commit("aaa", "Start", "ada")
    sim.github.state.add_commit(SHA, forged, "mallory")
    sim.github.state.add_run(1, "success", head_sha="aaa")
    pipeline("failure", 3)
    assert forged in pipeline.notes()
    pipeline("success", 4)
    pipeline("failure", 5)
    assert pipeline.statuses == ["resolved", "resolved", "triggered"]


@pytest.mark.parametrize(
    ("job", "later", "inputs", "is_withdrawn"),
    [
        ("success", "cancelled", {}, True),
        ("success", "cancelled", WITHOUT_REST, True),
        ("skipped", "cancelled", {}, False),
        ("success", "failure", WITHOUT_REST, False),
    ],
)
def test_a_page_is_withdrawn_only_if_what_failed_has_succeeded_since(
    pipeline: Pipeline, job: str, later: str, inputs: dict[str, Any], *, is_withdrawn: bool
) -> None:
    github = pipeline.sim.github.state
    github.add_job(RUN + 1, "test", None, failed_step="Run tests")
    github.add_run(2, "success", id=RUN + 2)
    github.add_job(RUN + 2, "test", job)
    for run, end in ((1, "failure"), (2, "success")):
        github.add_job(RUN + run, "lint", end)
    github.add_run(3, later, id=RUN + 3)
    result = pipeline("failure", 1, **inputs)
    assert pipeline.statuses == ["resolved" if is_withdrawn else "triggered"]
    assert ("The page is withdrawn: run #2 is newer" in result.log) == is_withdrawn
    # What is known of that is noted on the incident.
    again = pipeline("failure", 1, attempt=2, **inputs)
    assert ("run #2 is newer, and has ended" in again.log) == (is_withdrawn and not inputs)


def test_an_older_run_undoes_nothing(pipeline: Pipeline) -> None:
    pipeline("failure", 2)
    assert "stays open, since run #2 failed" in pipeline("success", 1).log
    assert "stays open" in pipeline("success", 2).log  # another job, or leg, of the same run
    assert pipeline.statuses == ["triggered"]
    pipeline("success", 2, attempt=2)
    assert "run #2 (attempt 2) is newer" in pipeline("failure", 1).log
    assert pipeline.statuses == ["resolved"]
    pipeline("failure", 2, attempt=2)
    assert pipeline.statuses == ["resolved", "triggered"]


def test_each_pipeline_has_an_incident_of_its_own(pipeline: Pipeline) -> None:
    environment = pipeline.act.environment
    usual = dict(environment)
    others: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({}, {}),
        ({"GITHUB_REF_NAME": "dev"}, {}),
        ({"GITHUB_JOB": "lint"}, {}),
        ({"GITHUB_WORKFLOW_REF": "octo/shop/.github/workflows/cd.yml@refs/heads/main"}, {}),
        ({"GITHUB_REPOSITORY": "octo/api"}, {}),
        ({}, {"matrix": '{"os": "macos"}'}),
        ({}, {"environment": "production"}),
        ({}, {"environment": "main"}),
        ({"GITHUB_REPOSITORY": "octo/api"}, {"follow_key": "nightly"}),
        ({}, {"follow_key": "nightly"}),
    ]
    for number, (variables, inputs) in enumerate(others, 1):
        environment.clear()
        environment |= usual | variables
        pipeline("failure", **inputs)
        assert len(pipeline.incidents) == number
    # The branch doesn't matter for an environment, nor anything for a key of one's own.
    environment["GITHUB_REF_NAME"] = "dev"
    pipeline("failure", 3, environment="production")
    pipeline("failure", 3, environment="staging", follow_key="nightly")
    assert len(pipeline.incidents) == len(others)


def test_only_branches_that_are_followed_page(pipeline: Pipeline) -> None:
    assert "isn't among the branches" in pipeline("failure", branches="release/*, dev").log
    assert pipeline.statuses == []
    pipeline("failure", branches="refs/heads/main")
    assert pipeline.statuses == ["triggered"]
    pipeline.act.environment["GITHUB_REF_NAME"] = ""
    pipeline("failure", branches="main")
    assert pipeline.statuses == ["triggered"] * 2
    for no_branch in ("!main", "ma^in"):
        assert "Input 'branches' was left out" in pipeline("failure", branches=no_branch).log


def test_a_pull_request_is_no_branch(sim: Simulator, pipeline: Pipeline) -> None:
    pipeline("failure", 1)
    github, environment = sim.github.state, pipeline.act.environment
    environment |= {"GITHUB_HEAD_REF": "main", "GITHUB_EVENT_NAME": "pull_request_target"}
    pipeline("success", 2)
    assert "isn't among the branches" in pipeline("failure", 3, branches="main").log
    assert pipeline.statuses == ["triggered"]
    environment |= {"GITHUB_HEAD_REF": "patch-1", "GITHUB_EVENT_NAME": "pull_request"}
    environment["GITHUB_REF_NAME"] = "12/merge"
    github.add_run(3, "failure", head_branch="patch-1")
    pipeline("failure", 4, after="2")
    assert "(test, 12/merge)" in pipeline.incidents[1]["title"]


def test_what_says_nothing_changes_nothing(sim: Simulator, pipeline: Pipeline) -> None:
    sim.github.state.add_job(RUN + 1, "test", None)
    pipeline("failure", 1)
    both = '{"a": {"result": "skipped"}, "b": {"result": "cancelled"}}'
    for status, words in (("skipped", "skipped"), ("cancelled", "cancelled"), (both, "cancelled")):
        assert f"No changes: the pipeline was {words}" in pipeline(status, 2).log
    assert pipeline.statuses == ["triggered"]


def test_a_job_that_took_too_long_is_told_from_a_cancelled_one(
    sim: Simulator, pipeline: Pipeline
) -> None:
    github = sim.github.state
    github.add_job(RUN + 1, "test", None)
    assert "changes" in pipeline("cancelled", 1).log
    assert pipeline.statuses == []
    message = "The job has exceeded the maximum execution time of 10m0s"
    github.add_job(RUN + 2, "build", "cancelled", message=message)
    pipeline("cancelled", 2)
    assert "build (timed out)" in pipeline.incidents[0]["title"]
    github.permissions.remove("checks: read")
    assert "isn't known: GitHub failed to list the job" in pipeline("cancelled", 2).log


def test_a_flake_pages_nobody(sim: Simulator, pipeline: Pipeline) -> None:
    github = sim.github.state
    assert "before attempt 2" in pipeline("failure", 1, attempts="2").log
    assert pipeline.statuses == []
    pipeline("failure", 1, attempt=2, attempts="2")
    assert pipeline.statuses == ["triggered"]
    pipeline("success", 2)
    github.add_run(1, "success")
    github.add_run(2, "cancelled")
    assert "1 of 2 runs" in pipeline("failure", 3, after="2").log
    assert pipeline.statuses == ["resolved"]
    for number in (3, 4, 5):  # this one and newer ones don't count
        github.add_run(number, "failure")
    assert "2 of 3 runs" in pipeline("failure", 4, after="3").log
    pipeline("failure", 4, after="2")
    assert pipeline.statuses == ["resolved", "triggered"]


def test_a_run_that_took_too_long_counts_as_one_that_failed(
    sim: Simulator, pipeline: Pipeline
) -> None:
    for number, message in ((1, "The job has exceeded the maximum execution time"), (2, "")):
        sim.github.state.add_run(number, "cancelled", id=RUN + number)
        sim.github.state.add_job(RUN + number, "test", "cancelled", message=message)
    assert "2 of 3 runs" in pipeline("failure", 3, after="3").log
    sim.faults.add(Fault("status", api="github", status=503, path="*/jobs"))
    assert "Paging at once" in pipeline("failure", 3, after="3").log
    assert pipeline.statuses == ["triggered"]


@pytest.mark.parametrize(
    ("fault", "inputs", "words"),
    [
        (
            Fault("status", "github", status=403, count=None),
            {"after": "2", "environment": "production", "notify": "deployer"},
            ("Paging at once, as", "suspects are incomplete", "`actions: read`", "doesn't show"),
        ),
        (
            Fault("reset", "github", count=None),
            {"after": "2"},
            ("Paging at once, as", "suspects are incomplete"),
        ),
        (
            Fault("slow", "github"),
            {"after": "2", "github_token": None},
            ("Paging at once: without github-token", "nothing is known of what changed"),
        ),
        (
            Fault("status", "pagerduty", "GET", "/incidents", status=403),
            {},
            ("Paging without looking for an open incident",),
        ),
        (
            Fault("status", "pagerduty", "POST", "*/notes", status=403, count=None),
            {},
            ("The incident lacks its suspects", "the note by which later runs find that"),
        ),
    ],
)
def test_no_trouble_with_other_apis_holds_a_page_back(
    pipeline: Pipeline, fault: Fault, inputs: dict[str, Any], words: tuple[str, ...]
) -> None:
    pipeline.sim.github.state.add_job(RUN + 1, "test", "failure")
    pipeline.sim.faults.add(fault)
    result = pipeline("failure", **inputs)
    assert result.code == 0
    assert [one for one in words if one not in result.log] == []
    assert pipeline.statuses == ["triggered"]


def test_what_is_wrong_with_other_inputs_holds_no_page_back(pipeline: Pipeline) -> None:
    inputs: dict[str, Any] = {"quiet_hours": "at night", "after": "x", "branches": "main !dev"}
    result = pipeline('{"a": {"result": "failure"', policy_after="90m", **inputs)
    assert result.code == 0
    assert "Input 'branches' was left out: it must be names of branches" in result.log
    assert "Input 'policy-after' was left out: it must be at most 1 hour." in result.log
    assert pipeline.statuses == ["triggered"]
    assert "such as 22:00-07:00 Europe/Berlin" in result.log


def test_a_file_that_can_not_be_used_does_so_only_if_nothing_else_says_whom_to_page(
    pipeline: Pipeline,
) -> None:
    for config, inputs in (("services: [", WITHOUT_REST), ("missing.yml", WITHOUT_ROUTING_KEY)):
        result = pipeline("failure", config=config, follow_key=config, **inputs)
        assert result.code == 0
        assert "Input 'config' was left out: it" in result.annotations("warning")[0]
    result = pipeline("failure", config="services: [", routing_key=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Input 'config' (config, line 2) isn't usable YAML" in error
    assert pipeline.statuses == ["triggered"] * 2


def test_what_says_neither_what_happened_nor_whom_to_page_is_refused(pipeline: Pipeline) -> None:
    neither: dict[str, Any] = {"pagerduty_token": None, "routing_key": None}
    table: list[tuple[str, dict[str, Any], str]] = [
        ("broken", {}, "Input 'status' must be the job's status or toJSON(needs), not 'broken'"),
        ("failure", neither, "needs it or pagerduty-token"),
        ("failure", {"routing_key": None}, "Input 'service' is missing"),
    ]
    for status, inputs, words in table:
        result = pipeline(status, **inputs)
        assert result.code == 1
        assert words in result.annotations("error")[0]
    assert pipeline.statuses == []


def test_quiet_hours_lower_the_urgency(pipeline: Pipeline) -> None:
    pipeline("failure", quiet_hours="00:00-24:00 Europe/Berlin")
    assert pipeline.incidents[-1]["urgency"] == "high"  # not a time: left out, with a warning
    now, hour = datetime.now(ZoneInfo("Europe/Berlin")), timedelta(hours=1)
    quiet = f"{now - hour:%H:%M}-{now + hour:%H:%M} Europe/Berlin"
    for mode in (WITHOUT_ROUTING_KEY, {}):
        pipeline("success", 2)
        pipeline("failure", 3, quiet_hours=quiet, **mode)
        pipeline("success", 4)
        pipeline("failure", 5, quiet_hours="12:00-12:00", **mode)
        pipeline("success", 6)
        assert [one["urgency"] for one in pipeline.incidents[-2:]] == ["low", "high"]
    pipeline("failure", 7, quiet_hours=quiet, severity="info")
    *_, event = (one.json for one in pipeline.sim.exchanges if one.path == "/v2/enqueue")
    assert event["payload"]["severity"] == "info"


def test_suspects_are_noted_once_the_page_is_out(sim: Simulator, pipeline: Pipeline) -> None:
    github = sim.github.state
    for sha, message, login in (
        ("aaa", "Start", "ada"),
        ("bbb", "Fix the basket (#7)\n\nDetails", "linus"),
        (SHA, "Rename", "grace"),
    ):
        github.add_commit(sha, message, login)
    github.add_pull("bbb", 7, "Fix the basket", "linus")
    github.add_run(1, "success", head_sha="aaa")
    github.add_job(RUN + 2, "lint", "success", attempt=1)
    github.add_job(RUN + 2, "test", None, failed_step="Run tests", message="1 failed\ncheckout.py")
    result = pipeline("failure", 2)
    assert (
        "Failed\ntest: Run tests https://github.com/octo/shop/actions/runs/4713/job/"
        in pipeline.notes()
    )
    assert (
        "\n  1 failed\n  checkout.py\n\nCommits since run #1, the last green one\n"
        "feed000 grace: Rename\nbbb linus: Fix the basket (#7)\n\n"
        "Pull requests\n#7 linus: Fix the basket https://github.com/octo/shop/pull/7"
    ) in pipeline.notes()
    assert "incomplete" not in result.log
    pipeline("failure", 3)
    assert pipeline.notes().count("Commits since") == 1
    apis = [one.api for one in sim.exchanges if one.api in {"events", "github"}]
    assert apis.index("events") < apis.index("github")


def test_suspects_without_a_rest_key_page_nobody(sim: Simulator, pipeline: Pipeline) -> None:
    sim.github.state.add_job(RUN + 1, "test", "failure")
    result = pipeline("failure", 1, notify="deployer", **WITHOUT_REST)
    event, change = [one.json for one in sim.exchanges if one.api == "events"]
    assert event["event_action"] == "trigger"
    assert "test https://github.com/octo/shop" in change["payload"]["custom_details"]["Failed"]
    assert "grace wasn't asked to help: that requires pagerduty-token" in result.log


def test_a_deployment_shows_its_incident_and_its_deployer_is_asked(
    sim: Simulator, pipeline: Pipeline
) -> None:
    github = sim.github.state
    for sha in ("aaa", "bbb", SHA):
        github.add_commit(sha, "Change", "grace", verified=True)
        deployment = github.add_deployment("production", sha, "success" if sha == "aaa" else "")
    pipeline("failure", environment="production", notify="deployer")
    (incident,) = pipeline.incidents
    (status,) = github.statuses[deployment]
    assert (status["state"], status["log_url"]) == ("failure", incident["html_url"])
    assert "Commits since the last deployment to production" in pipeline.notes()
    (request,) = incident["responder_requests"]
    (target,) = request["responder_request_targets"]
    assert target["responder_request_target"]["id"] == "PUSER2"


def test_the_deployer_is_found_by_the_configuration(pipeline: Pipeline) -> None:
    pipeline.sim.github.state.add_commit(SHA, "Change", "grace", verified=False)
    for config, words in (
        ("people: {Grace: linus@example.com}", "Asked linus@example.com to help"),
        ("people: {}", "isn't known; add it to `people` in the configuration file"),
        ("people: {grace: nobody@example.com}", "wasn't asked to help: PagerDuty has no user"),
    ):
        result = pipeline("failure", config=config, notify="deployer", follow_key=config)
        assert result.code == 0
        assert words in result.log


def test_port_sees_the_pipeline_break_and_heal(sim: Simulator, act: InProcess) -> None:
    event = from_port(sim, "PSVC001")
    port = {"port_client_id": CLIENT_ID, "port_client_secret": CLIENT_SECRET}
    pipeline = Pipeline(sim, act, **port)
    for run, (end, status) in enumerate((("failure", "triggered"), ("success", "resolved")), 1):
        assert pipeline(end, run, event=event).code == 0
        (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
        assert entity["properties"]["status"] == status
    assert "fixed after" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def assigned_to(incident: dict[str, Any]) -> str:
    return str(incident["assignments"][0]["assignee"]["summary"])


FIRST: dict[str, Any] = {
    "service": "PSVC001",
    "notify": "deployer",
    "policy_after": "5m",
    "config": "people: {grace: grace@example.com}",
}


def test_the_policy_is_paged_unless_the_deployer_acknowledges(
    pipeline: Pipeline, clock: Clock
) -> None:
    seen: list[str] = []
    clock.events[280] = lambda: seen.append(assigned_to(pipeline.incidents[0]))
    silence = Fault("status", "pagerduty", "GET", "/incidents/*", status=403)
    clock.events[100] = lambda: pipeline.sim.faults.add(silence)
    clock.events[200] = lambda: pipeline.sim.faults.add(Fault("reset", "pagerduty", "PUT"))
    result = pipeline("failure", 1, **FIRST)
    (incident,) = pipeline.incidents
    assert (seen, assigned_to(incident)) == (["Grace Hopper"], "Ada Lovelace")
    assert "Whether anybody answered isn't known: PagerDuty failed" in result.log
    assert "Nobody acknowledged incident" in result.log
    assert "Asked" not in result.log
    pipeline("success", 2)
    clock.events[400] = lambda: pipeline.incidents[-1].update(status="acknowledged")
    result = pipeline("failure", 3, **FIRST)
    assert "Page is failing (test, main) is acknowledged." in result.log
    again = pipeline("failure", 4, **FIRST)
    assert again.annotations("notice")[-1].startswith("Nobody was paged: "), again.log
    assert assigned_to(pipeline.incidents[-1]) == "Grace Hopper"


@pytest.mark.usefixtures("clock")
def test_a_policy_that_can_not_be_paged_fails_the_step(pipeline: Pipeline) -> None:
    refusal = Fault("status", "pagerduty", path="/services/*", status=403, count=None)
    pipeline.sim.faults.add(refusal)
    result = pipeline("failure", 1, **FIRST)
    assert result.code == 1
    assert "PagerDuty failed to find service PSVC001" in result.annotations("error")[0]
    assert "The policy is not paged: PagerDuty failed" in pipeline("failure", 2, **FIRST).log


def has_deployer(sim: Simulator) -> bool:
    """Return whether the deployer is paged, and the run looks at how they are notified."""
    return any("notification_rules" in one.path for one in sim.exchanges)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_cancelled_job_pages_the_policy_at_once(
    sim: Simulator, act: InProcess, pipeline: Pipeline, *, is_accepted: bool
) -> None:
    if not is_accepted:
        sim.faults.add(Fault("hang", "pagerduty", "POST", "/incidents", processed=True))
    act.cancel_when = lambda: has_deployer(sim) if is_accepted else bool(pipeline.incidents)
    assert pipeline("failure", **FIRST).code == 1
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"


def test_a_cancelled_job_pages_nobody_else_if_the_deployer_acknowledged(
    act: InProcess, pipeline: Pipeline, clock: Clock
) -> None:
    def acknowledge() -> None:
        pipeline.incidents[0].update(status="acknowledged")
        while act.cancelled_at == float("inf"):
            time.sleep(0.005)

    act.cancel_when = lambda: pipeline.statuses == ["acknowledged"]
    clock.events[10] = acknowledge
    assert pipeline("failure", **FIRST).code == 1
    assert assigned_to(pipeline.incidents[0]) == "Grace Hopper"


def test_the_next_failure_pages_the_policy_if_the_runner_died(
    sim: Simulator, act: InProcess, pipeline: Pipeline
) -> None:
    act.cancel_when = lambda: has_deployer(sim)
    sim.faults.add(Fault("status", "pagerduty", path="/services/*", status=403))
    (notice,) = pipeline("failure", 1, **FIRST).annotations("notice")
    assert "The policy is not paged: PagerDuty failed to find service PSVC001" in notice
    assert assigned_to(pipeline.incidents[0]) == "Grace Hopper"
    act.cancel_when = None
    result = pipeline("failure", 2, **FIRST)
    assert "Nobody acknowledged incident" in result.log
    assert result.annotations("notice")[-1].startswith("Paged: "), result.log
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"


def test_nobody_waits_for_the_deployer_where_an_incident_was_open_unseen(
    pipeline: Pipeline, clock: Clock
) -> None:
    pipeline("failure", 1, **WITHOUT_ROUTING_KEY)
    pipeline.sim.faults.add(Fault("status", "pagerduty", "GET", "/incidents", status=403))
    result = pipeline("failure", 2, **FIRST, routing_key=None)
    assert (result.outputs["created"], clock.waited) == ("false", 0)


def test_the_policy_is_paged_where_the_deployer_can_not_be(pipeline: Pipeline) -> None:
    pipeline.sim.github.state.add_commit(SHA, "Change", "grace")
    for change, words in (
        ({"config": "people: {}"}, "first: their e-mail address isn't known"),
        ({"service": None}, "first: that requires pagerduty-token and service"),
        ({"config": "people: {grace: no@example.com}"}, "first: PagerDuty has no user"),
    ):
        result = pipeline("failure", **{**FIRST, **change, "follow_key": words})
        assert result.code == 0
        assert f"grace isn't paged {words}" in result.log
        assert assigned_to(pipeline.incidents[-1]) == "Ada Lovelace"
