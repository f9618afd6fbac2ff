"""What operations that page share: verifying it, paging several services, paging by an alert."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from pd_incident_action.errors import (
    ActionError,
    ApiError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    NotApplicable,
)
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.inputs.fields import InputSpec, ShortText
from pd_incident_action.models import Incident, Outcome, Page
from pd_incident_action.notification.context_note import ContextNote
from pd_incident_action.notification.verify import Verification
from pd_incident_action.operations.base import (
    Operation,
    OperationContext,
    OperationInputs,
    load_operation,
)
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import CONTACTS_SCOPE
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.truncation import DETAILS, EVENT_TEXT, Truncator
from pd_incident_action.port.client import PortClient
from pd_incident_action.text import Json

# How much of the time that is left the REST API may take: the alert and Port need some as well.
_SHARE_OF_REST = 0.25
_REQUESTER_NOT_FOUND = 1008
_LIMITS = {"details": DETAILS}
_ONLY_AN_ALERT = (
    "The page went out through the Events API, on the service that the routing key belongs to and "
    "to whoever is on call for it; priority, assignee and escalation policy of the inputs are only "
    "in the alert's details. {}"
)
# Of several pages, the best that is known of any is said of all.
_BEST_FIRST = (Page.ACCEPTED, Page.UNKNOWN, Page.NOBODY)


class PagingInputs(OperationInputs):
    """The inputs of operations that page."""

    require_responder: Annotated[
        bool,
        InputSpec(
            "`true` fails the step if nobody is notified of the page: PagerDuty has notified "
            "nobody, and no notification rule will. Otherwise that is a warning.",
            example="true",
            advanced=True,
            decoration=True,
        ),
    ] = False


class OpeningInputs(PagingInputs):
    """The inputs of operations that may open an incident."""

    enrich: Annotated[
        bool,
        InputSpec(
            "`true` adds a note for the responders to a new incident, after the page: the Port "
            "entity, the workflow run, recent changes and similar incidents.",
            example="true",
            advanced=True,
            decoration=True,
        ),
    ] = False
    entity: Annotated[ShortText | None, InputSpec("", hidden=True, origin="entity")] = None
    context_blueprint: Annotated[
        ShortText | None, InputSpec("", hidden=True, origin="blueprint")
    ] = None


class PagingOperation(Operation):
    """An operation that pages: once the page is out, it verifies that somebody was notified."""

    is_urgent: ClassVar[bool] = True
    pages = True
    outputs: ClassVar[Mapping[str, str]] = {
        "notified": "Names of the people that PagerDuty had notified when the run ended, "
        "separated by commas.",
        "notification-plan": "How the people that it is assigned to are notified by their rules, "
        "for example `Ada Lovelace: push now, phone after 5 min`; empty if that can't be read.",
        "next-escalation-at": "When PagerDuty escalates to the next level unless somebody "
        "acknowledges, in ISO 8601; empty if it won't.",
    }
    inputs: PagingInputs

    def after(self, outcome: Outcome) -> Outcome:
        if not self.pages:
            return outcome
        return Verification(
            self.context.find(PagerDuty),
            required=self.inputs.require_responder,
            contacts=self.context.pagerduty_with(CONTACTS_SCOPE),
            waits=not self.context.dry_run,
        ).of(outcome)


class OpeningOperation(PagingOperation):
    """An operation that may open an incident, on which it then writes a note where asked to."""

    inputs: OpeningInputs

    def after(self, outcome: Outcome) -> Outcome:
        pagerduty = self.context.find(PagerDuty)
        if self.inputs.enrich and pagerduty is not None:
            note = ContextNote(
                pagerduty,
                self.context.find(PortClient),
                run_url=self.context.identity.url,
                blueprint=self.inputs.context_blueprint or "",
                entity=self.inputs.entity or "",
            )
            outcome = note.add_to(outcome)
        return super().after(outcome)


def open_or_alert(
    context: OperationContext,
    open_incidents: Callable[[OperationContext], Outcome],
    asked: Mapping[str, Any],
    key: str,
) -> Outcome:
    """Open incidents; send an alert where the REST API is down or rejects the credentials.

    The alert tells responders all that was asked for. Its dedup key is the incidents' key: if one
    was opened although no answer came, the alert joins it.

    Raises:
        ActionError: nobody was paged.
    """
    limited = context.with_client(context.pagerduty.with_timeout(math.inf, share=_SHARE_OF_REST))
    try:
        outcome = open_incidents(limited)
    except ActionError as error:
        if not _is_rest_api_unusable(error):
            raise
        return _send_alert(context, asked, key, error)
    unusable = [error for error in outcome.failures if _is_rest_api_unusable(error.__cause__)]
    if outcome.incident is None and unusable:
        return _send_alert(context, asked, key, unusable[0])
    return outcome


def _send_alert(
    context: OperationContext, asked: Mapping[str, Any], key: str, error: ActionError
) -> Outcome:
    context.log(f"{error.summary}; sending the alert through PagerDuty's Events API instead")
    truncator, trigger = Truncator(), load_operation("trigger")
    alert = _alert(asked, truncator)
    inputs = trigger.Inputs.model_validate({**alert, "dedup_key": key})
    try:
        sent = trigger(inputs, replace(context, clients=(context.events,))).run()
    except ActionError as second:
        what = f"{error.summary}. The fallback failed as well: {second.summary}"
        raise NotApplicable(what, second.cause or error.cause, error.remedy) from second
    title = alert["summary"]
    return replace(
        sent,
        message=f"Sent an alert instead of opening an incident: {title} (dedup key {key}).",
        warnings=(_ONLY_AN_ALERT.format(error), *truncator.warnings, *sent.warnings),
        truncated_inputs={**truncator.truncated_inputs, **sent.truncated_inputs},
    )


def _alert(asked: Mapping[str, Any], truncator: Truncator) -> Json:
    """Return the inputs of an alert with all that was asked for."""
    given = {
        name: truncator.truncate(name.replace("_", "-"), value, _LIMITS.get(name, EVENT_TEXT))
        if isinstance(value, str)
        else value
        for name, value in {**asked, "service": ", ".join(asked["service"])}.items()
    }
    return {
        "summary": given.pop("title"),
        "source": given["service"],
        "severity": "critical" if given["urgency"] == "high" else "warning",
        "custom_details": given,
    }


def _is_rest_api_unusable(error: BaseException | None) -> bool:
    """Check whether the REST API never came to judge what was asked for."""
    if isinstance(error, ApiRejected):
        is_unauthorized = error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return is_unauthorized or error.code == _REQUESTER_NOT_FOUND
    return isinstance(error, (ApiUnavailable, ApiUnreachable))


def open_on_each(services: Sequence[str], open_on: Callable[[str], Outcome], key: str) -> Outcome:
    """Open an incident on each service, all at once; on a single one, raise what fails.

    Returns:
        The incidents, and the failures of services where it didn't work.
    """
    if len(services) == 1:
        return open_on(services[0])
    results = map_concurrently(open_on, services)
    opened = _each_once(result for result in results if isinstance(result, Outcome))
    failures = tuple(
        _not_opened_on(service, result)
        for service, result in zip(services, results, strict=True)
        if isinstance(result, ActionError)
    )
    if not opened:
        page = Page.UNKNOWN if any(map(_may_be_open, results)) else Page.NOBODY
        known = "is known to have been" if page is Page.UNKNOWN else "was"
        message = f"No incident {known} opened on any of {len(failures)} services."
        return Outcome(message=message, page=page, failures=failures, dedup_key=key)
    return _combine(opened, failures)


def _combine(opened: Sequence[Outcome], failures: tuple[ActionError, ...]) -> Outcome:
    """Combine the outcomes of several services into one."""
    incidents = tuple(one.incident for one in opened if one.incident)
    warnings = dict.fromkeys(text for one in opened for text in one.warnings)
    answers = {one.created for one in opened}
    found = frozenset(o.incident.id for o in opened if o.incident and o.created is False)
    return replace(
        opened[0],
        message=_message(opened, len(opened) + len(failures)),
        page=next(one for one in _BEST_FIRST if one in {each.page for each in opened}),
        related_incidents=incidents[1:],
        created=False if False in answers else None if None in answers else True,
        open_before=found if len(answers) > 1 else frozenset(),
        failures=failures,
        response={"incidents": [one.raw for one in incidents]},
        log_lines=tuple(one.message for one in opened),
        warnings=tuple(warnings),
    )


def _each_once(opened: Iterable[Outcome]) -> list[Outcome]:
    """Keep one outcome for each incident: a service may be named twice, by name and by id."""
    unique: dict[tuple[str, str], Outcome] = {}
    for one in opened:
        if one.incident:
            incident = (one.incident.id, one.incident.service_id)
            unique[incident] = one if one.created else unique.get(incident, one)
    return list(unique.values())


def _may_be_open(result: object) -> bool:
    return isinstance(result, ApiError) and result.outcome_unknown


def _not_opened_on(service: str, error: ActionError) -> ActionError:
    page = Page.UNKNOWN if _may_be_open(error) else Page.NOBODY
    what = f"{page.value} on service '{service}': {error.summary}"
    named = NotApplicable(what, error.cause, error.remedy)
    named.__cause__ = error
    return named


def link_incidents(pagerduty: PagerDuty, outcome: Outcome) -> Outcome:
    """Note on each of several incidents, unless all were open before, which belong together."""
    known = [one for one in outcome.incidents if one.id]
    if len(known) < 2 or outcome.page is Page.NOBODY:  # noqa: PLR2004 - a pair
        return outcome

    def write(incident: Incident) -> None:
        others = [f"{one.name} on {one.service}: {one.url}" for one in known if one != incident]
        lines = [f"Correlation id: {outcome.dedup_key}", "Opened together with:", *others]
        write_note(pagerduty, incident.id, "\n".join(lines))

    results = map_concurrently(write, known)
    failed = (one for one in results if isinstance(one, ActionError))
    return outcome.adding(warnings=(f"The incidents are open, but {one}" for one in failed))


def _message(opened: Sequence[Outcome], wanted: int) -> str:
    names: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for one in opened:
        if one.incident:
            names[one.created].append(f"{one.incident.name} on {one.incident.service}")
    texts = {
        f"Created {len(names[True])} of {wanted} incidents": names[True],
        "Already open": names[False],
        "Open, by this run or another with the same key": names[None],
    }
    return " ".join(f"{text}: {', '.join(several)}." for text, several in texts.items() if several)
