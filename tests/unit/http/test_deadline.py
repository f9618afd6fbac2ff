"""All connections of a run share one deadline."""

from __future__ import annotations

import time

import pytest

from pd_incident_action.http.deadline import Cancellation, Deadline, poll


def test_a_deadline_passes_when_its_time_is_up() -> None:
    for seconds, passed in [(60, False), (0, True), (-5, True)]:
        deadline = Deadline(seconds)
        assert (deadline.remaining() == 0) is passed
        assert deadline.remaining() == pytest.approx(max(0, seconds), abs=1)
        assert deadline.remaining() >= 0


def test_polling_waits_longer_and_longer_within_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, waits = [0.0], list[float]()

    class Instant(Cancellation):
        def sleep(self, seconds: float) -> None:
            waits.append(seconds)
            now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert len(list(poll(Deadline(8, Instant())))) == 7
    assert waits == [0.2, 0.4, 0.8, 1.6, 2, 2]
