"""Verifying that somebody is notified, by what PagerDuty shows once the page is out.

https://developer.pagerduty.com/api-reference/ under Incidents, List log entries for an incident,
and under Users, List a user's notification rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pd_incident_action.errors import ActionError, ApiError, NobodyNotified, Unconfirmed
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.http.deadline import poll
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import OnCalls, next_level
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident, Service
from pd_incident_action.pagerduty.services import Services

from .status import NotificationStatus, Reachability, diagnose, read_reachability

# PagerDuty logs a notification within seconds; where the notification rules are known, or nobody
# needs to be sure, the run doesn't wait for long.
_SECONDS = 3.0
_SECONDS_TO_CONFIRM = 15.0
# Who comes next is only worth a moment.
_SECONDS_NEXT = 1.0
_MAX_LOG_ENTRIES = 100
_UNCONFIRMED = "Couldn't confirm that anybody was notified"


@dataclass(frozen=True)
class Verification:
    """Verifies who is notified of the incidents that were paged.

    Attributes:
        required: whether it is a failure if nobody is notified, rather than a warning.
        contacts: PagerDuty's REST API for notification rules; None if they can't be read.
        waits: whether to wait for notifications.
    """

    pagerduty: PagerDuty | None
    required: bool = False
    contacts: PagerDuty | None = None
    waits: bool = True

    def of(self, outcome: Outcome) -> Outcome:
        """Return an outcome with who was and who will be notified of its incidents.

        That is a line for each incident, and the outputs ``notified``, ``notification-plan`` and
        ``next-escalation-at``; a warning or a failure for each that nobody is notified of.
        """
        read = [PagerDutyIncident.read(one.raw) for one in outcome.incidents]
        # Of an alert whose incident isn't known PagerDuty shows nothing.
        incidents = [one for one in read if one.id]
        if self.pagerduty is None or not incidents:
            problem = Unconfirmed(
                _UNCONFIRMED,
                "no incident was found for this alert",
                "look in PagerDuty; add pagerduty-token if it is missing",
            )
            is_failure = self.required and outcome.incidents
            return self._with_results(outcome, [], [problem] if is_failure else [])
        pagerduty, known = self.pagerduty, self._reachability(incidents)
        opened = {one.id for one in outcome.opened} if outcome.created is not None else ()

        def check(incident: PagerDutyIncident) -> NotificationStatus:
            keys = {one: (one, _urgency(incident)) for one in incident.assignee_ids}
            how = {one: known[key] for one, key in keys.items() if key in known}
            now, is_new = datetime.now(UTC), incident.id in opened
            status = NotificationStatus(incident, is_new=is_new, reachability=how, now=now)
            return self._check(pagerduty, status)

        results = map_concurrently(check, incidents)
        what = f"{'The page went out. ' if outcome.page.is_out else ''}{_UNCONFIRMED}"
        failed = [
            Unconfirmed(f"{what}: {error.summary}", error.cause, error.remedy)
            for error in results
            if isinstance(error, ActionError)
        ]
        statuses = [result for result in results if isinstance(result, NotificationStatus)]
        return self._with_results(outcome, statuses, failed)

    def _reachability(
        self, incidents: Sequence[PagerDutyIncident]
    ) -> Mapping[tuple[str, str], Reachability]:
        """Read how the assignees are notified, as far as that can be read: by id and urgency."""
        if self.contacts is None:
            return {}
        contacts = self.contacts.with_timeout(_SECONDS, share=0.25, retries=False)
        pending = sorted(
            {
                (person, _urgency(one))
                for one in incidents
                if one.status == "triggered"
                for person in one.assignee_ids
            }
        )
        found = map_concurrently(lambda one: read_reachability(contacts, *one), pending)
        known = zip(pending, found, strict=True)
        return {person: how for person, how in known if isinstance(how, Reachability)}

    def _check(self, pagerduty: PagerDuty, status: NotificationStatus) -> NotificationStatus:
        """Read an incident's log until it is conclusive, or the time is up."""
        has_to_confirm = self.required and not status.is_known
        seconds = _SECONDS_TO_CONFIRM if has_to_confirm else _SECONDS
        pagerduty, incident = pagerduty.with_timeout(seconds), status.incident
        incidents = Incidents(pagerduty)
        for _ in poll(pagerduty.deadline):
            log = tuple(incidents.log_entries(incident.id, _MAX_LOG_ENTRIES))
            status = replace(status, log=log)
            if status.service is None and not status.notified and not status.is_handled:
                status = replace(status, service=_service(pagerduty, incident))
            if status.is_conclusive or not self.waits:
                break
        # An app's token has no scope that its operation doesn't need.
        may_ask = self.contacts is self.pagerduty and pagerduty.deadline.remaining() > _SECONDS_NEXT
        if status.escalates_at and may_ask:
            on_calls = OnCalls(pagerduty.with_timeout(_SECONDS_NEXT, retries=False))
            with suppress(ApiError):
                status = replace(status, next_level=next_level(on_calls, incident))
        return status

    def _with_results(
        self,
        outcome: Outcome,
        statuses: Sequence[NotificationStatus],
        failed: Sequence[NobodyNotified],
    ) -> Outcome:
        found = {one.incident.id: problem for one in statuses if (problem := self._problem(one))}
        plans = {
            name: plan
            for one in statuses
            if one.incident.id not in found
            for name, plan in one.plan.items()
        }
        names = dict.fromkeys(one.assignees[person] for one in statuses for person in one.notified)
        escalations = filter(None, (one.incident.next_escalation_at for one in statuses))
        lines = [
            f"{one.incident.label}: {one}" if len(outcome.incidents) > 1 else one.who
            for one in statuses
            if one.incident.id not in found and str(one)
        ]
        outputs = {
            "notified": ", ".join(names),
            "notification-plan": "; ".join(f"{name}: {plan}" for name, plan in plans.items()),
            "next-escalation-at": min(escalations, default=""),
        }
        outcome = _with_page(outcome, statuses, [*found.values()])
        outcome = replace(outcome, outputs={**outcome.outputs, **outputs}).adding(log_lines=lines)
        problems = (*found.values(), *failed)
        if self.required:
            return replace(outcome, failures=(*outcome.failures, *problems))
        return outcome.adding(warnings=map(str, problems))

    def _problem(self, status: NotificationStatus) -> NobodyNotified | None:
        """Explain why nobody is notified; where somebody has to be, also that it isn't known."""
        problem = diagnose(status)
        is_confirmed = status.notified or status.plan or status.is_handled
        if problem or is_confirmed or not self.required:
            return problem
        who = ", ".join(status.assignees.values())
        return Unconfirmed(
            f"{_UNCONFIRMED} of incident {status.incident.label}",
            f"PagerDuty hasn't reached {who} yet, and doesn't show their notification rules",
            "check that in PagerDuty, and let the credentials read contact methods "
            "(scope users:contact_methods.read)",
        )


def _with_page(
    outcome: Outcome, statuses: Sequence[NotificationStatus], problems: Sequence[NobodyNotified]
) -> Outcome:
    """Return an outcome that begins with who was notified, and ends with what comes next."""
    people = ", ".join(dict.fromkeys(name for one in statuses for name in one.people))
    page, message = outcome.page, outcome.message
    if page is Page.NOT_ASKED:
        return outcome
    is_open = page is not Page.NOBODY
    if is_open and people:
        page, message = Page.NOTIFIED, f"{people}. {message}"
    elif is_open and problems and len(problems) == len(outcome.incidents):
        cause = problems[0].cause
        page, message = Page.NOBODY, f"{cause[0].upper()}{cause[1:]}. {message}"
    if len(statuses) > 1 or not statuses:
        return replace(outcome, page=page, message=message)
    (status,) = statuses
    plan = "; ".join(f"{name}: {steps}" for name, steps in status.plan.items())
    facts = (("Notified", people), ("Next", plan), ("Escalates", status.escalation))
    message = " ".join(filter(None, (message, status.outlook)))
    return replace(outcome, page=page, message=message, facts=(*outcome.facts, *facts))


def _urgency(incident: PagerDutyIncident) -> str:
    return incident.urgency or "high"


def _service(pagerduty: PagerDuty, incident: PagerDutyIncident) -> Service:
    """Return an incident's service; without it, one cause less can be named."""
    with suppress(ApiError):
        if incident.service.id:
            return Services(pagerduty).get(incident.service.id)
    return Service()
