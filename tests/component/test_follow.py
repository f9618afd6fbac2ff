"""`follow`: one incident while a pipeline is broken, resolved when it is green again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness import CLIENT_ID, CLIENT_SECRET, InProcess, from_port, run_id_of
from pd_incident_action.http.deadline import Cancellation
from pd_incident_simulator import Fault, Simulator
from pipelines import RUN, SHA, WITHOUT_REST, WITHOUT_ROUTING_KEY, Pipeline

MODES = {
    "routing key": WITHOUT_REST,
    "REST key": WITHOUT_ROUTING_KEY,
    "both": {},
}


@pytest.fixture
def pipeline(sim: Simulator, act: InProcess) -> Pipeline:
    return Pipeline(sim, act)


@pytest.mark.parametrize("inputs", MODES.values(), ids=MODES)
def test_it_pages_once_and_resolves(pipeline: Pipeline, inputs: dict[str, Any]) -> None:
    for run in (1, 2, 3):
        assert pipeline("failure", run, **inputs).code == 0
        assert pipeline.statuses == ["triggered"]
    assert pipeline("success", 4, **inputs).code == 0
    assert pipeline.statuses == ["resolved"]
    assert pipeline("failure", 5, **inputs).code == 0
    assert pipeline.statuses == ["resolved", "triggered"]


def test_an_incident_that_was_moved_to_another_service_is_still_the_one(pipeline: Pipeline) -> None:
    pipeline("failure", 1, **WITHOUT_ROUTING_KEY)
    pipeline.incidents[0]["service"] = {"id": "PSVC002", "type": "service_reference"}
    pipeline("failure", 2, **WITHOUT_ROUTING_KEY)
    assert pipeline.statuses == ["triggered"]


def test_what_a_person_reads(pipeline: Pipeline) -> None:
    needs = {"build": {"result": "success"}, "test": {"result": "failure", "outputs": {}}}
    first = pipeline(json.dumps(needs), 1)
    assert first.outputs["created"] == "true"
    assert pipeline.incidents[0]["title"] == "octo/shop: Page is failing (test, main)"
    again = pipeline("failure", 2)
    assert "is still broken" in again.log
    assert "Nobody was paged: The pipeline is still broken" in again.log
    assert again.outputs["created"] == "false"
    green = pipeline("success", 3)
    assert "fixed after" in green.log
    notes = pipeline.notes()
    assert "Broken, as of run #1: test." in notes
    assert "Still broken, as of run #2." in notes
    assert "by run #3 with commit feed000 of grace." in notes


def test_nothing_is_sent_on_green_where_nothing_is_open(sim: Simulator, pipeline: Pipeline) -> None:
    assert "no incident is open" in pipeline("success").log
    assert {one.method for one in sim.exchanges} == {"GET"}


def test_a_routing_key_alone_says_what_it_cannot_know(sim: Simulator, pipeline: Pipeline) -> None:
    result = pipeline("success", **WITHOUT_REST)
    assert "Whether one was open is unknown" in result.log
    assert [one.json["event_action"] for one in sim.exchanges] == ["resolve"]


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
    ("job", "later", "is_withdrawn"),
    [
        ("success", "cancelled", True),
        ("skipped", "cancelled", False),
        ("success", "failure", False),
    ],
)
def test_a_page_is_withdrawn_only_if_what_failed_has_succeeded_since(
    sim: Simulator, pipeline: Pipeline, job: str, later: str, *, is_withdrawn: bool
) -> None:
    github = sim.github.state
    github.add_job(RUN + 1, "test", None, failed_step="Run tests")
    github.add_run(2, "success", id=RUN + 2)
    github.add_job(RUN + 2, "test", job)
    github.add_run(3, later, id=RUN + 3)
    result = pipeline("failure", 1, **(WITHOUT_REST if later == "failure" else {}))
    assert pipeline.statuses == ["resolved" if is_withdrawn else "triggered"]
    assert ("The page is withdrawn: run #2 is newer" in result.log) == is_withdrawn


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


def test_an_older_run_undoes_nothing(pipeline: Pipeline) -> None:
    pipeline("failure", 2)
    assert "stays open, since run #2 failed" in pipeline("success", 1).log
    assert "stays open" in pipeline("success", 2).log  # another job, or leg, of the same run
    assert pipeline.statuses == ["triggered"]
    pipeline("success", 2, attempt=2)
    assert "run #2 (attempt 2) is newer" in pipeline("failure", 1).log
    assert pipeline.statuses == ["resolved"]


def test_each_pipeline_has_an_incident_of_its_own(pipeline: Pipeline) -> None:
    pipeline("failure")
    others: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({"GITHUB_REF_NAME": "dev"}, {}),
        ({"GITHUB_JOB": "lint"}, {}),
        ({}, {"matrix": '{"os": "macos"}'}),
        ({}, {"environment": "production"}),
        ({}, {"follow_key": "nightly"}),
    ]
    for environment, inputs in others:
        before = dict(pipeline.act.environment)
        pipeline.act.environment |= environment
        pipeline("failure", **inputs)
        pipeline("success", 2, **inputs)
        pipeline.act.environment.clear()
        pipeline.act.environment |= before
    assert pipeline.statuses == ["triggered", *["resolved"] * len(others)]
    # The branch doesn't matter for an environment, nor anything for a key of one's own.
    pipeline.act.environment["GITHUB_REF_NAME"] = "dev"
    pipeline("failure", 3, environment="production")
    pipeline("failure", 3, environment="production", follow_key="nightly")
    assert len(pipeline.incidents) == len(others) + 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("cancelled", "the pipeline was cancelled"),
        ("skipped", "the pipeline was skipped"),
        ('{"a": {"result": "skipped"}, "b": {"result": "cancelled"}}', "was cancelled"),
    ],
)
def test_what_says_nothing_changes_nothing(pipeline: Pipeline, status: str, words: str) -> None:
    pipeline("failure", 1)
    assert words in pipeline(status, 2).log
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
    assert pipeline.statuses == ["triggered"]
    assert "build (timed out)" in pipeline.incidents[0]["title"]
    github.permissions.clear()
    result = pipeline("cancelled", 3)
    assert "isn't known: GitHub failed to list the jobs" in result.log
    assert "`actions: read`" in result.log


def test_only_branches_that_are_followed_page(pipeline: Pipeline) -> None:
    assert "isn't among the branches" in pipeline("failure", branches="release/*, dev").log
    assert pipeline.statuses == []
    pipeline("failure", branches="refs/heads/main")
    assert pipeline.statuses == ["triggered"]
    pipeline.act.environment["GITHUB_REF_NAME"] = ""
    pipeline("failure", branches="main")
    assert pipeline.statuses == ["triggered"] * 2


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
    github.add_run(3, "failure")
    github.add_run(5, "failure")  # newer ones don't count
    assert "Creat" not in pipeline("failure", 4, after="3").log
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
    "fault",
    [
        Fault("status", api="github", status=403, count=None),
        Fault("reset", api="github", count=None),
        Fault("garbage", api="github", count=None),
    ],
    ids=lambda one: one.kind,
)
def test_trouble_with_github_never_holds_a_page_back(
    sim: Simulator, pipeline: Pipeline, fault: Fault
) -> None:
    sim.faults.add(fault)
    result = pipeline("failure", after="3", environment="production", notify="deployer")
    assert result.code == 0
    assert pipeline.statuses == ["triggered"]
    assert "Paging at once" in result.log
    assert "The suspects are incomplete" in result.log


def test_quiet_hours_lower_the_urgency(pipeline: Pipeline) -> None:
    pipeline("failure", quiet_hours="00:00-24:00 Europe/Berlin")
    assert pipeline.incidents[-1]["urgency"] == "high"  # not a time: left out, with a warning
    for mode in (WITHOUT_ROUTING_KEY, {}):
        pipeline("success", 2)
        pipeline("failure", 3, quiet_hours="00:00-23:59 Europe/Berlin", **mode)
        pipeline("success", 4)
        pipeline("failure", 5, quiet_hours="12:00-12:00", **mode)
        pipeline("success", 6)
        assert [one["urgency"] for one in pipeline.incidents[-2:]] == ["low", "high"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("broken", "Input 'status' must be the job's status or toJSON(needs), not 'broken'"),
        ("no failure", "not 'no failure'"),
        ('{"build": ', "must be the job's status or toJSON(needs)"),
        ('{"build": {"result": "success"}, "test": {"result": "succ', "or toJSON(needs)"),
        ('{"build": {"result": "odd"}}', "or toJSON(needs)"),
    ],
)
def test_a_status_that_is_none_is_refused(pipeline: Pipeline, status: str, words: str) -> None:
    result = pipeline(status)
    assert result.code == 1
    assert words in result.annotations("error")[0]


def test_what_is_wrong_with_other_inputs_holds_no_page_back(pipeline: Pipeline) -> None:
    inputs: dict[str, Any] = {"quiet_hours": "at night", "after": "x", "branches": "main !dev"}
    result = pipeline('{"a": {"result": "failure"', policy_after="90m", **inputs)
    assert result.code == 0
    assert "Input 'branches' was left out: it must be names of branches" in result.log
    assert "Input 'policy-after' was left out: it must be at most 1 hour." in result.log
    assert pipeline.statuses == ["triggered"]
    assert "such as 22:00-07:00 Europe/Berlin" in result.log


@pytest.mark.parametrize("mode", [WITHOUT_REST, WITHOUT_ROUTING_KEY], ids=["events", "REST"])
@pytest.mark.parametrize("config", ["services: [", "missing.yml", "regoin: eu"])
def test_a_file_that_can_not_be_used_holds_no_page_back(
    pipeline: Pipeline, config: str, mode: dict[str, Any]
) -> None:
    result = pipeline("failure", config=config, **mode)
    assert result.code == 0
    assert "Input 'config' was left out: it" in result.annotations("warning")[0]
    assert pipeline.statuses == ["triggered"]


def test_what_only_such_a_file_could_say_is_not_guessed(pipeline: Pipeline) -> None:
    result = pipeline("failure", config="services: [", routing_key=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Input 'config' (config, line 2) isn't usable YAML" in error
    assert pipeline.statuses == []


def test_long_titles_name_the_first_jobs(pipeline: Pipeline) -> None:
    pipeline(json.dumps({f"job-{number}": {"result": "failure"} for number in range(250)}))
    assert pipeline.incidents[0]["title"] == (
        "octo/shop: Page is failing (job-0, job-1, job-2, job-3, job-4, 245 more, main)"
    )


def test_credentials_and_service(sim: Simulator, pipeline: Pipeline) -> None:
    neither = pipeline("failure", **WITHOUT_REST, routing_key=None)
    assert "needs it or pagerduty-token" in neither.annotations("error")[0]
    nobody = pipeline("failure", routing_key=None)
    assert "Input 'service' is missing" in nobody.annotations("error")[0]
    assert sim.pagerduty.state.incidents == {}


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
    notes = pipeline.notes()
    for words in (
        "Failed\ntest: Run tests https://github.com/octo/shop/actions/runs/4713/job/",
        "  1 failed\n  checkout.py",
        "Commits since run #1, the last green one\nfeed000 grace: Rename\nbbb linus: Fix the bask",
        "Pull requests\n#7 linus: Fix the basket https://github.com/octo/shop/pull/7",
    ):
        assert words in notes
    assert "incomplete" not in result.log
    apis = [one.api for one in sim.exchanges if one.api in {"events", "github"}]
    assert apis.index("events") < apis.index("github")


def test_suspects_without_a_rest_key_page_nobody(sim: Simulator, pipeline: Pipeline) -> None:
    sim.github.state.add_job(RUN + 1, "test", "failure")
    pipeline("failure", 1, **WITHOUT_REST)
    event, change = [one.json for one in sim.exchanges if one.api == "events"]
    assert event["event_action"] == "trigger"
    assert "test https://github.com/octo/shop" in change["payload"]["custom_details"]["Failed"]


def test_a_permission_that_is_missing_is_named(sim: Simulator, pipeline: Pipeline) -> None:
    sim.github.state.permissions = {"contents: read"}
    result = pipeline("failure")
    assert result.code == 0
    assert "give the job the permission `actions: read`" in result.log


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


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("people: {Grace: linus@example.com}", "Asked linus@example.com to help"),
        ("people: {}", "add it to `people` in the configuration file"),
        (
            "people: {grace: nobody@example.com}",
            "wasn't asked to help: PagerDuty has no user",
        ),
    ],
)
def test_the_deployer_is_found_by_the_configuration(
    sim: Simulator, pipeline: Pipeline, config: str, words: str
) -> None:
    sim.github.state.add_commit(SHA, "Change", "grace", verified=False)
    result = pipeline("failure", config=config, notify="deployer")
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


# Retries wait as well, never exactly so long.
SECONDS_BETWEEN_LOOKS = 15.0
FIRST: dict[str, Any] = {
    "service": "PSVC001",
    "notify": "deployer",
    "policy_after": "5m",
    "config": "people: {grace: grace@example.com}",
}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[float, Callable[[], object]]]:
    """Take no time to wait between looks, and do something once so many seconds have passed."""
    events: dict[float, Callable[[], object]] = {}
    waited, really = [0.0], Cancellation.sleep

    def sleep(cancellation: Cancellation, seconds: float) -> None:
        if seconds != SECONDS_BETWEEN_LOOKS:
            really(cancellation, seconds)
            return
        waited[0] += seconds
        for at in [one for one in events if one <= waited[0]]:
            events.pop(at)()

    monkeypatch.setattr(Cancellation, "sleep", sleep)
    yield events
    assert events == {}


def test_the_policy_is_paged_unless_the_deployer_acknowledges(
    pipeline: Pipeline, waits: dict[float, Callable[[], object]]
) -> None:
    seen: list[str] = []
    waits[280] = lambda: seen.append(assigned_to(pipeline.incidents[0]))
    result = pipeline("failure", 1, **FIRST)
    (incident,) = pipeline.incidents
    assert (seen, assigned_to(incident)) == (["Grace Hopper"], "Ada Lovelace")
    assert "Nobody acknowledged incident" in result.log
    pipeline("success", 2)
    waits[400] = lambda: pipeline.incidents[-1].update(status="acknowledged")
    result = pipeline("failure", 3, **FIRST)
    assert "a is failing (test, main) is acknowledged.".partition("a ")[2] in result.log
    assert assigned_to(pipeline.incidents[-1]) == "Grace Hopper"


@pytest.mark.usefixtures("waits")
def test_a_policy_that_can_not_be_paged_fails_the_step(sim: Simulator, pipeline: Pipeline) -> None:
    refusal = Fault("status", api="pagerduty", path="/services/*", status=403, count=None)
    sim.faults.add(refusal)
    result = pipeline("failure", **FIRST)
    assert result.code == 1
    assert "PagerDuty failed to find service PSVC001" in result.annotations("error")[0]


def test_a_cancelled_job_pages_the_policy_at_once(
    sim: Simulator, act: InProcess, pipeline: Pipeline
) -> None:
    act.cancel_when = lambda: any("notification_rules" in one.path for one in sim.exchanges)
    result = pipeline("failure", **FIRST)
    assert result.code == 1
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"


def test_so_does_one_that_is_cancelled_while_the_deployer_is_paged(
    sim: Simulator, act: InProcess, pipeline: Pipeline
) -> None:
    lost = Fault("hang", api="pagerduty", method="POST", path="/incidents", processed=True)
    sim.faults.add(lost)
    act.cancel_when = lambda: bool(sim.pagerduty.state.incidents)
    assert pipeline("failure", **FIRST).code == 1
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"


def test_a_cancelled_job_pages_nobody_else_if_the_deployer_acknowledged(
    act: InProcess, pipeline: Pipeline, waits: dict[float, Callable[[], object]]
) -> None:
    def acknowledge() -> None:
        pipeline.incidents[0].update(status="acknowledged")
        while act.cancelled_at == float("inf"):
            time.sleep(0.005)

    act.cancel_when = lambda: pipeline.statuses == ["acknowledged"]
    waits[10] = acknowledge
    assert pipeline("failure", **FIRST).code == 1
    assert assigned_to(pipeline.incidents[0]) == "Grace Hopper"


def test_the_next_failure_pages_the_policy_if_the_runner_died(
    sim: Simulator, act: InProcess, pipeline: Pipeline
) -> None:
    act.cancel_when = lambda: any("notification_rules" in one.path for one in sim.exchanges)
    sim.faults.add(Fault("status", api="pagerduty", path="/services/*", status=403))
    pipeline("failure", 1, **FIRST)
    assert assigned_to(pipeline.incidents[0]) == "Grace Hopper"
    act.cancel_when = None
    result = pipeline("failure", 2, **FIRST)
    assert "Nobody acknowledged incident" in result.log
    assert result.annotations("notice")[-1].startswith("Paged: "), result.log
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"config": "people: {}"}, "grace isn't paged first: their e-mail address isn't known"),
        ({"service": None}, "grace isn't paged first: that requires pagerduty-token and service"),
        ({"config": "people: {grace: no@example.com}"}, "isn't paged first: PagerDuty has no user"),
    ],
)
def test_the_policy_is_paged_where_the_deployer_can_not_be(
    sim: Simulator, pipeline: Pipeline, inputs: dict[str, Any], words: str
) -> None:
    sim.github.state.add_commit(SHA, "Change", "grace")
    result = pipeline("failure", **{**FIRST, **inputs})
    assert result.code == 0
    assert words in result.log
    assert assigned_to(pipeline.incidents[0]) == "Ada Lovelace"
