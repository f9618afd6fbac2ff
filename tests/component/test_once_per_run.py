"""What PagerDuty takes no key for is done once in a run: an earlier attempt's work is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from harness import Action, Anew, Result, from_port
from pd_incident_action.errors import ApiUnreachable, Cancelled
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.reporting import publish
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty import incident_log
from pd_incident_simulator.pagerduty.lifecycle import assign, assign_level, set_status
from scenes import scene as set_scene


class Write(NamedTuple):
    """What a run is asked for.

    Attributes:
        operation: the operation.
        inputs: its inputs.
        method: HTTP method of the request that does it.
        path: that request's path, below the incident's.
        collection: where the simulator keeps what is made.
    """

    operation: str
    inputs: dict[str, Any] = {}  # noqa: RUF012 - a default that nothing changes
    method: str = "PUT"
    path: str = ""
    collection: str = ""

    def __str__(self) -> str:
        return " ".join([self.operation, *self.inputs.values()])


POLICY = Write("escalate", {"escalation_policy": "PPOL002"})
NEXT = Write("escalate", {"escalation_level": "next"})
LEVEL = Write("escalate", {"escalation_level": "2", "urgency": "high"})
PERSON = Write("reassign", {"assignee": "PUSER2"})
REOPEN = Write("reopen")
PAGING = [
    POLICY,
    PERSON,
    REOPEN,
    Write("add-responders", {"responders": "PUSER2"}, "POST", "/responder_requests"),
]
STATUS_UPDATE = Write(
    "status-update", {"message": "On it"}, "POST", "/status_updates", "status_updates"
)
WORKFLOW = Write("run-workflow", {"workflow": "PWFLOW1"}, "POST", "", "workflow_instances")
NOTE = Write("note", {"note": "Looking into it"}, "POST", "/notes", "notes")
SNOOZE = Write("snooze", {"until": "2h"}, "POST", "/snooze")


@dataclass
class Scene:
    """An open incident of Ada's, of which nobody has been notified, and runs that act on it."""

    sim: Simulator
    act: Action
    id: str

    @property
    def incident(self) -> dict[str, Any]:
        return self.sim.pagerduty.state.incidents[self.id]

    @property
    def log(self) -> list[dict[str, Any]]:
        return self.sim.pagerduty.state.log_entries[self.id]

    @property
    def notified(self) -> list[str]:
        """Whom PagerDuty has notified."""
        entries = [one for one in self.log if one["type"] == "notify_log_entry"]
        return [one["user"]["summary"] for one in entries]

    def prepare(self, write: Write) -> None:
        """Have the incident resolved where it is to be reopened."""
        if write is REOPEN:
            self.run(Write("resolve"))

    def run(self, write: Write, attempt: int = 1) -> Result:
        self.act.environment["GITHUB_RUN_ATTEMPT"] = str(attempt)
        return self.act(write.operation, incident=self.id, port_client_id=None, **write.inputs)

    def fail(self, write: Write, **fault: Any) -> None:  # noqa: ANN401 - a Fault's fields
        path = f"*/{self.id}{write.path}" if write is not WORKFLOW else "*/instances"
        self.sim.faults.add(Fault(method=write.method, path=path, **fault))

    def made(self, write: Write) -> list[Any]:
        """List what was made, but for the notes that runs leave."""
        found = getattr(self.sim.pagerduty.state, write.collection)
        listed = found[self.id] if isinstance(found, dict) else found
        return [one for one in listed if "(pdia-" not in str(one)]


def arrange(sim: Simulator, act: Action) -> Scene:
    act(title="Down", service="PSVC001", port_client_id=None)
    ((incident, log),) = sim.pagerduty.state.log_entries.items()
    log[:] = [one for one in log if one["type"] != "notify_log_entry"]
    return Scene(sim, act, incident)


@pytest.fixture
def scene(sim: Simulator, act: Action) -> Scene:
    return arrange(sim, act)


@pytest.mark.usefixtures("one_look")
@pytest.mark.parametrize("write", PAGING, ids=str)
def test_a_page_goes_out_once_whether_its_answers_or_its_requests_get_lost(
    anew: Anew, write: Write
) -> None:
    for fault in (
        {"kind": "reset", "processed": True, "count": None},
        {"kind": "reset", "count": 2},
        {"kind": "status", "status": 503, "count": 2},
    ):
        with anew() as (sim, act):
            scene = arrange(sim, act)
            scene.prepare(write)
            scene.fail(write, **fault)
            result = scene.run(write)
            assert result.code == 0, result.log
            assert len(scene.notified) == 1


@pytest.mark.parametrize("write", PAGING, ids=str)
def test_a_rerun_pages_nobody_again_whatever_happened_meanwhile(scene: Scene, write: Write) -> None:
    scene.prepare(write)
    assert scene.run(write).code == 0
    status = "resolved" if write is REOPEN else "acknowledged"
    scene.incident["status"] = status
    result = scene.run(write, attempt=2)
    assert result.code == 0, result.log
    assert len(scene.notified) == 1
    assert scene.incident["status"] == status
    assert "already" in result.annotations("notice")[0]


@pytest.mark.parametrize("write", [*PAGING, NEXT], ids=str)
def test_of_two_dispatches_of_one_click_one_pages(scene: Scene, write: Write) -> None:
    scene.prepare(write)
    event = from_port(scene.sim, scene.id)
    assert scene.act(write.operation, event=event, **write.inputs).code == 0
    looks = [e for e in scene.sim.exchanges if e.method == "GET" and e.path.endswith("/notes")]
    assert looks == [] or write not in (POLICY, PERSON), "the page waits for nothing in vain"
    scene.act.environment["GITHUB_RUN_ID"] = "4712"
    result = scene.act(write.operation, event=event, **write.inputs)
    assert result.code == 0, result.log
    assert len(scene.notified) == 1


@pytest.mark.parametrize("write", [POLICY, REOPEN], ids=str)
def test_another_run_pages_anew(scene: Scene, write: Write) -> None:
    scene.prepare(write)
    scene.run(write)
    # People bring it back to where it can be done again.
    back = Write("reassign", {"escalation_policy": "PPOL001"})
    scene.run(Write("resolve") if write is REOPEN else back)
    before = len(scene.notified)
    scene.act.environment["GITHUB_RUN_ID"] = "4712"
    # An attempt that failed before this step leaves nothing to find.
    result = scene.run(write, attempt=2)
    assert result.code == 0, result.log
    assert len(scene.notified) == before + 1


def test_next_goes_one_level_further_in_each_run_but_not_in_each_attempt(scene: Scene) -> None:
    rules = scene.sim.pagerduty.state.escalation_policies["PPOL001"]["escalation_rules"]
    rules.append({**rules[-1], "targets": [{"id": "PUSER3", "type": "user_reference"}]})
    scene.run(NEXT)
    scene.run(NEXT, attempt=2)
    assert scene.notified == ["Grace Hopper"]
    scene.act.environment["GITHUB_RUN_ID"] = "4712"
    scene.run(NEXT, attempt=2)
    assert scene.notified == ["Grace Hopper", "Linus Low"]


def test_each_step_of_a_clicks_workflow_does_its_part(scene: Scene) -> None:
    event = from_port(scene.sim, scene.id)
    steps = [POLICY, NEXT, POLICY, NEXT]
    for number, write in enumerate(steps):
        scene.act.environment["GITHUB_ACTION"] = f"step-{number}"
        assert scene.act(write.operation, event=event, **write.inputs).code == 0
    assert scene.notified == ["Grace Hopper", "Linus Low"] * 2


@pytest.mark.parametrize("write", [POLICY, NEXT, LEVEL, PERSON], ids=str)
def test_an_attempt_that_was_killed_before_its_note_is_found_by_the_log(
    scene: Scene, write: Write
) -> None:
    scene.fail(NOTE, kind="status", status=403)
    result = scene.run(write)
    assert result.code == 0
    (warning,) = (one for one in result.annotations("warning") if "note" in one)
    assert warning.startswith("It is done, but the note by which later runs find that")
    result = scene.run(write, attempt=2)
    assert result.code == 0, result.log
    assert "already" in result.annotations("notice")[0]
    assert len(scene.notified) == 1


@pytest.mark.parametrize(("done", "agent", "write"), [(LEVEL, 4, LEVEL), (PERSON, 1, POLICY)])
def test_what_somebody_else_or_something_else_did_is_not_taken_for_the_runs_own(
    scene: Scene, done: Write, agent: int, write: Write
) -> None:
    scene.fail(NOTE, kind="status", status=403)
    scene.run(done)
    for entry in scene.log:
        entry["agent"] = {"id": f"PUSER{agent}", "type": "user_reference"}
    result = scene.run(write, attempt=2)
    assert result.code == 0, result.log
    assert len(scene.notified) == 2


def test_a_rerun_that_cannot_look_pages(scene: Scene) -> None:
    scene.run(POLICY)
    for path in ("*/notes", "*/log_entries"):
        scene.sim.faults.add(Fault("status", method="GET", path=path, status=403))
    result = scene.run(POLICY, attempt=2)
    assert result.code == 0
    assert "Couldn't look for an earlier attempt: PagerDuty failed to list the notes" in result.log
    assert len(scene.notified) == 2


@pytest.mark.parametrize(
    ("write", "is_answered"), [(POLICY, True), (POLICY, False), (PERSON, False)]
)
def test_a_cancelled_attempt_leaves_what_the_next_one_finds(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, write: Write, *, is_answered: bool
) -> None:
    update = Incidents.update

    def cancel(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it takes
        if not is_answered:
            update(*arguments, **options)
        raise Cancelled("SIGTERM")

    place, name = (publish, "publish_early") if is_answered else (Incidents, "update")
    with monkeypatch.context() as patch:
        patch.setattr(place, name, cancel)
        result = scene.run(write)
    assert result.code == 1
    assert f"Before cancellation: {write.operation.capitalize()}" in result.summary
    (note,) = scene.sim.pagerduty.state.notes[scene.id]
    assert "by https://github.com/octo/shop/actions/runs/4711 (pdia-" in note["content"]
    assert scene.run(write, attempt=2).code == 0
    assert len(scene.notified) == 1


def escalate_automatically(scene: Scene) -> None:
    policy, at = scene.incident["escalation_policy"], "2099-01-01T00:00:00Z"
    assign(scene.incident, assign_level(scene.sim.pagerduty.state, policy, 2))
    scene.incident["assignments"][0]["at"] = at
    how = {"channel": {"type": "timeout"}, "created_at": at}
    agent = scene.incident["service"]
    incident_log.log(scene.sim.pagerduty.state, scene.incident, "escalate", agent=agent, **how)


def resolve(scene: Scene) -> None:
    ada = {"id": "PUSER1", "type": "user_reference"}
    set_status(scene.sim.pagerduty.state, scene.incident, "resolved", ada)


@pytest.mark.usefixtures("one_look")
@pytest.mark.parametrize(
    ("meanwhile", "whom", "words"),
    [
        (escalate_automatically, ["Grace Hopper"], "Escalated incident"),
        (resolve, [], "was resolved while it was being escalated: it isn't known whether"),
    ],
)
def test_what_others_do_while_an_answer_is_lost_is_told_apart(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[Scene], None],
    whom: list[str],
    words: str,
) -> None:
    update, failures = Incidents.update, [ApiUnreachable("It broke", outcome_unknown=True)]

    def fail_once(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it takes
        if failures:
            meanwhile(scene)
            raise failures.pop()
        return update(*arguments, **options)

    monkeypatch.setattr(Incidents, "update", fail_once)
    result = scene.run(POLICY)
    assert words in result.log
    assert (result.code, scene.notified) == (0 if whom else 1, whom)


@pytest.mark.parametrize("write", [STATUS_UPDATE, WORKFLOW, NOTE], ids=str)
def test_a_rerun_leaves_what_else_was_done(scene: Scene, write: Write) -> None:
    assert scene.run(write).code == 0
    result = scene.run(write, attempt=2)
    assert result.code == 0, result.log
    assert "No changes: " in result.log
    assert len(scene.made(write)) == 1


@pytest.mark.parametrize("write", [STATUS_UPDATE, WORKFLOW], ids=str)
def test_what_cannot_be_looked_for_is_not_repeated(scene: Scene, write: Write) -> None:
    scene.fail(write, kind="reset", processed=True)
    result = scene.run(write)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "PagerDuty may have failed to" in error
    assert f"check https://app.pagerduty.com/incidents/{scene.id} before you repeat" in error
    assert len(scene.made(write)) == 1


def test_a_snooze_is_not_begun_again(scene: Scene) -> None:
    scene.fail(SNOOZE, kind="reset", processed=True, count=None)
    assert scene.run(SNOOZE).code == 0
    # It is over, and somebody was woken again.
    scene.incident["status"] = "triggered"
    result = scene.run(SNOOZE, attempt=2)
    assert result.code == 0
    assert "was already snoozed by this run" in result.log
    assert scene.incident["status"] == "triggered"


def test_a_rerun_reopens_none_of_several(scene: Scene) -> None:
    scene.act(title="Down as well", service="PSVC001", port_client_id=None)
    both = ",".join(scene.sim.pagerduty.state.incidents)
    for attempt in ("1", "2"):
        scene.act.environment["GITHUB_RUN_ATTEMPT"] = attempt
        scene.act("resolve", incident=both, port_client_id=None)
        result = scene.act("reopen", incident=both, port_client_id=None)
        assert result.code == 0, result.log
    assert "No changes: none of the 2 incidents needed one." in result.log
    assert (
        f"{scene.incident['title']} was already reopened by this run, and is resolved."
        in result.log
    )
    assert scene.notified == ["Ada Lovelace"]


@pytest.mark.parametrize("operation", ["create-service", "maintenance", "override"])
def test_after_a_lost_answer_to_a_click_its_twin_may_have_created_what_is_there(
    anew: Anew, operation: str
) -> None:
    for is_click, created in [(True, ""), (False, "true")]:
        with anew() as (sim, act):
            entity, filled_in, _ = set_scene(operation, sim)
            given = {"service": entity, "schedule": entity} if entity else {}
            sim.faults.add(Fault("reset", api="pagerduty", method="POST", processed=True))
            filled = from_port(sim, entity, **filled_in) if is_click else {}
            result = act(operation, event=filled or {"inputs": filled_in | given})
            assert (result.code, result.outputs["created"]) == (0, created), result.log
