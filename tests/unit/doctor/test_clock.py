"""A clock that is far away from the APIs' is told, a little of it isn't."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from pd_incident_action.doctor.clock_skew import clock_remarks
from pd_incident_action.http.request_log import Attempt


def attempt(date: str) -> Attempt:
    return Attempt(
        service="Port",
        method="GET",
        url="https://api.port.io",
        action="x",
        writes=False,
        number=1,
        began=time.monotonic(),
        seconds=0.0,
        status=200,
        headers={"Date": date} if date else {},
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3600, "60 minutes ahead of Port's"), (3600, "60 minutes behind Port's")],
)
def test_a_clock_that_is_far_away_is_told(seconds: int, words: str) -> None:
    date = formatdate(time.time() + seconds, usegmt=True)
    (remark,) = clock_remarks([attempt(date), attempt(date)])
    assert remark.startswith(f"This machine's clock is {words}: set it right")


@pytest.mark.parametrize("date", ["", "nonsense", "right", "without zone"])
def test_nothing_is_said_of_a_clock_that_is_right_or_unknown(date: str) -> None:
    now = {"right": formatdate(usegmt=True), "without zone": formatdate()}
    assert clock_remarks([attempt(now.get(date, date))]) == ()
