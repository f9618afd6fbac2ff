"""What is said of several pages is what is known of each."""

from __future__ import annotations

import json
from dataclasses import replace

from responses import RequestsMock

from pd_incident_action.errors import ActionError, ApiRejected, ApiUnavailable
from pd_incident_action.models import Incident, Outcome, Page
from pd_incident_action.operations._shared.paging import link_incidents, open_on_each
from pd_incident_action.pagerduty.client import PagerDuty

REFUSED = ApiRejected("PagerDuty answered 403", "no access", "ask for it")
LOST = ApiUnavailable("PagerDuty answered 502", outcome_unknown=True)
NOT_PAGED = "Nobody was paged on service 's{}': PagerDuty answered 403: no access; ask for it."
MAYBE_PAGED = "Unknown whether anybody was paged on service 's{}': PagerDuty answered 502."
EITHER = "Open, by this run or another with the same key"
NONE_OPENED = "No incident {} opened on any of 2 services."
ACCEPTED, UNKNOWN, NOBODY = Page.ACCEPTED, Page.UNKNOWN, Page.NOBODY
# What came of each service; what is said of all.
CASES: list[tuple[list[bool | ActionError | None], Page, bool | None, str]] = [
    ([True, True], ACCEPTED, True, "Created 2 of 2 incidents: #1 Down on S1, #2 Down on S2."),
    (
        [False, True],
        ACCEPTED,
        False,
        "Created 1 of 2 incidents: #2 Down on S2. Already open: #1 Down on S1.",
    ),
    (
        [True, None, REFUSED],
        ACCEPTED,
        None,
        f"Created 1 of 3 incidents: #1 Down on S1. {EITHER}: #2 Down on S2.",
    ),
    ([LOST, True], ACCEPTED, True, "Created 1 of 2 incidents: #2 Down on S2."),
    ([False, None], UNKNOWN, False, f"Already open: #1 Down on S1. {EITHER}: #2 Down on S2."),
    ([False, False], NOBODY, False, "Already open: #1 Down on S1, #2 Down on S2."),
    ([LOST, REFUSED], UNKNOWN, False, NONE_OPENED.format("is known to have been")),
    ([REFUSED, REFUSED], NOBODY, False, NONE_OPENED.format("was")),
]


def test_what_is_known_of_each_page_is_said() -> None:
    for results, page, created, message in CASES:
        outcomes = {
            f"s{n}": result if isinstance(result, ActionError) else opened(n, created=result)
            for n, result in enumerate(results, start=1)
        }

        def open_on(service: str, given: dict[str, Outcome | ActionError] = outcomes) -> Outcome:
            if isinstance(result := given[service], ActionError):
                raise result
            return result

        ids = [f"Q{n}" for n, one in enumerate(results, 1) if not isinstance(one, ActionError)]
        said = {id(REFUSED): NOT_PAGED, id(LOST): MAYBE_PAGED}
        failures = [said[id(r)].format(n) for n, r in enumerate(results, 1) if id(r) in said]
        outcome = open_on_each([*outcomes], open_on, "k")

        assert (outcome.page, outcome.created, outcome.message) == (page, created, message)
        assert [str(failure) for failure in outcome.failures] == failures
        assert [one.id for one in outcome.incidents] == ids
        assert outcome.dedup_key == "k"
        assert outcome.warnings == (("careful",) if ids else ())
        assert outcome.log_lines == tuple(f"Opened {one}" for one in ids)
        assert outcome.response == ({"incidents": [{"id": one} for one in ids]} if ids else None)


def test_a_service_that_is_named_twice_counts_once_and_as_created() -> None:
    for order in [(True, False), (False, True)]:
        both = {f"s{created}": opened(1, created=created) for created in order}
        outcome = open_on_each([*both], both.__getitem__, "k")
        assert outcome.message == "Created 1 of 1 incidents: #1 Down on S1."
        assert (outcome.created, outcome.related_incidents) == (True, ())


def test_incidents_of_which_one_is_new_are_linked(api: RequestsMock, pagerduty: PagerDuty) -> None:
    first, second = opened(1, created=False), opened(2, created=True)
    for n, status in [(1, 201), (2, 403)]:
        url = f"https://api.pagerduty.com/incidents/Q{n}/notes"
        api.add("POST", url, json={"note": {"id": "N1"}}, status=status)
    others = () if second.incident is None else (second.incident,)
    linked = link_incidents(pagerduty, replace(first, related_incidents=others, page=second.page))
    sent = {call.request.url: json.loads(call.request.body or "") for call in api.calls}
    assert {url: body["note"]["content"] for url, body in sent.items()} == {
        f"https://api.pagerduty.com/incidents/Q{n}/notes": "Correlation id: k\n"
        f"Opened together with:\n#{other} Down on S{other}: https://pd.example/{other}"
        for n, other in [(1, 2), (2, 1)]
    }
    before, warning = linked.warnings
    assert before == "careful"
    assert warning.startswith("The incidents are open, but PagerDuty failed to add the note")
    for unlinked in (first, second, replace(linked, page=Page.NOBODY)):
        assert link_incidents(pagerduty, unlinked) is unlinked


def opened(number: int, *, created: bool | None) -> Outcome:
    identifier = f"Q{number}"
    incident = Incident(
        identifier,
        "Down",
        "triggered",
        number=number,
        url=f"https://pd.example/{number}",
        service=f"S{number}",
        raw={"id": identifier},
    )
    return Outcome(
        f"Opened {identifier}",
        incident,
        created=created,
        page=Page.if_created(created=created),
        dedup_key="k",
        warnings=("careful",),
    )
