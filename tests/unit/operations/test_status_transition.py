"""Another status for many incidents, while others change them and PagerDuty rejects some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.operations._shared.status_transition import Batch
from pd_incident_action.operations.acknowledge import Acknowledge
from pd_incident_action.pagerduty import idempotency
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.text import Json


@pytest.fixture(autouse=True)
def _look_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_TAKES_EFFECT_WITHIN", 0)
    monkeypatch.setattr(idempotency, "backoff", lambda *_: 0.01)


class FakeIncidents(Incidents):
    """Incidents in memory that somebody else changes, too.

    Args:
        pagerduty: never called.
        count: how many triggered incidents there are: Q1, Q2, …
        meanwhile: statuses by id that somebody else sets just before the first update.
        errors: what the updates raise, one after the other; None lets one pass.
        omitted: an id that PagerDuty leaves out of the first update, and of its answer.
    """

    def __init__(
        self,
        pagerduty: PagerDuty,
        count: int,
        *,
        meanwhile: Mapping[str, str] | None = None,
        errors: Sequence[Callable[[str], ApiError] | None] = (),
        omitted: str = "",
    ) -> None:
        super().__init__(pagerduty)
        self.statuses = {f"Q{n}": "triggered" for n in range(1, count + 1)}
        self.updates: list[list[str]] = []
        self._meanwhile, self._errors, self._omitted = dict(meanwhile or {}), list(errors), omitted

    def get(self, incident_id: str) -> PagerDutyIncident:
        number = int(incident_id[1:])
        answer = {"id": incident_id, "incident_number": number, "title": "Down"}
        return PagerDutyIncident.read(answer | {"status": self.statuses[incident_id]})

    def update(
        self, incident_id: str, action: str, changes: Json, **_options: object
    ) -> PagerDutyIncident:
        changed = self.update_many(action, [{"id": incident_id, **changes}])
        return changed[0] if changed else PagerDutyIncident()

    def update_many(self, action: str, changes: Sequence[Json]) -> list[PagerDutyIncident]:
        ids = [change["id"] for change in changes]
        self.updates.append(ids)
        self.statuses.update(self._meanwhile)
        self._meanwhile = {}
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error(f"failed to {action}")
        changed = [change for change in changes if change["id"] != self._omitted]
        self._omitted = ""
        self.statuses.update({change["id"]: change["status"] for change in changed})
        return [self.get(change["id"]) for change in changed]


def acknowledge(incidents: FakeIncidents) -> Batch:
    selected = [incidents.get(one) for one in incidents.statuses]
    batch = Batch(
        api=incidents,
        transition=Acknowledge.transition,
        deadline=Deadline(60),
        incidents={one.id: one for one in selected},
    )
    batch.apply()
    return batch


def rejected(code: int) -> Callable[[str], ApiRejected]:
    return partial(ApiRejected, code=code or None, status=400 if code else 401)


LOST = partial(ApiUnavailable, status=503, outcome_unknown=True)


def test_each_incident_is_changed_if_it_can_be(pagerduty: PagerDuty) -> None:
    faster, resolved = {"Q1": "acknowledged"}, {"Q1": "resolved"}
    gone = "Incident #1 Down is resolved and was not acknowledged"
    off_limits = "failed to acknowledge incident #1 Down"
    cases: list[tuple[int, dict[str, Any], set[str], str]] = [
        # Somebody was faster with one of two, and with the only one.
        (2, {"meanwhile": faster, "errors": [rejected(1002)]}, {"Q2"}, ""),
        (1, {"meanwhile": faster, "errors": [rejected(1002)]}, set(), ""),
        # It was done although the answer got lost, or it wasn't, or it isn't possible any more.
        (1, {"meanwhile": faster, "errors": [LOST]}, {"Q1"}, ""),
        (2, {"errors": [LOST, LOST]}, {"Q1", "Q2"}, ""),
        (1, {"errors": [rejected(1002), LOST]}, {"Q1"}, ""),
        (2, {"meanwhile": resolved, "errors": [LOST]}, {"Q2"}, gone),
        # What somebody resolved isn't reopened.
        (2, {"meanwhile": resolved, "errors": [rejected(1001)]}, {"Q2"}, gone),
        (1, {"meanwhile": resolved, "errors": [rejected(1001)]}, set(), gone),
        # One of them is off limits.
        (2, {"errors": [rejected(1018), rejected(1018)]}, {"Q2"}, off_limits),
        # PagerDuty leaves one out of its answer.
        (2, {"omitted": "Q2"}, {"Q1", "Q2"}, ""),
        (1, {"omitted": "Q1"}, {"Q1"}, ""),
    ]
    for count, options, changed, failure in cases:
        incidents = FakeIncidents(pagerduty, count, **options)
        result = acknowledge(incidents)
        assert result.changed == changed
        assert [failure in str(one) for one in result.failures] == [True] * bool(failure)
        assert {key: one.status for key, one in result.incidents.items()} == incidents.statuses


def test_what_no_incident_would_survive_is_reported_once(pagerduty: PagerDuty) -> None:
    for count, code in [(2, 1008), (2, 2006), (2, 2016), (2, 0), (1, 1018)]:
        incidents = FakeIncidents(pagerduty, count, errors=[rejected(code)])
        with pytest.raises(ApiRejected):
            acknowledge(incidents)
        assert len(incidents.updates) == 1


def test_more_than_250_take_more_requests_and_keep_what_was_done(pagerduty: PagerDuty) -> None:
    incidents = FakeIncidents(pagerduty, 300, errors=[None, ApiUnavailable])
    result = acknowledge(incidents)
    assert [len(ids) for ids in incidents.updates] == [250, 50]
    assert len(result.changed) == 250
    (failure,) = result.failures
    assert "failed to acknowledge 50 incidents" in str(failure)
