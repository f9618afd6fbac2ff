"""Copy PagerDuty's services, incidents and who is on call into Port's catalog.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://docs.port.io/api-reference/create-multiple-entities
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.errors import ActionError, Cancelled
from pd_incident_action.inputs.fields import Input, Line, ManyNames, Separated, among
from pd_incident_action.inputs.period import PastMoment
from pd_incident_action.outcome import Outcome
from pd_incident_action.syncing.choice import OfStatuses

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.syncing.copying import Plan
    from pd_incident_action.syncing.tally import Tally

_EVERYTHING = ("services", "incidents", "on-call")


class Sync(OfStatuses):
    """Inputs of `sync`."""

    what: Annotated[
        tuple[Line, ...] | None,
        Separated,
        among(*_EVERYTHING),
        Input(
            "What to copy: any of `services`, `incidents` and `on-call` (who is on call for each "
            "service), separated by commas. Services that incidents relate to come along where "
            "the catalog lacks them.",
            example="services, on-call",
            default_help="all of them",
        ),
    ] = None
    service: Annotated[
        ManyNames | None,
        Input(
            "Services to copy, and whose incidents to copy: ids, names, or their names in the "
            "configuration file, separated by commas.",
            example="Checkout, Payments",
            aliases=("service_id", "services", "service_ids"),
            origin="service-entity",
            default_help="the service that the Port action was run on, or else all services",
            configurable=False,
        ),
    ] = None
    since: Annotated[
        PastMoment | None,
        Input(
            "Copy incidents that were opened since then: a time (in UTC unless it says "
            "otherwise), or how long ago.",
            example="30d",
            default_help="however long ago",
        ),
    ] = None
    until: Annotated[
        PastMoment | None,
        Input(
            "Copy incidents that were opened before then: a time (in UTC unless it says "
            "otherwise), or how long ago.",
            example="2026-12-01",
            default_help="now",
        ),
    ] = None
    delete_missing: Annotated[
        bool,
        Input(
            "`true` deletes entities of incidents that PagerDuty doesn't have any more; "
            "otherwise that is a warning.",
            example="true",
        ),
    ] = False
    shard: Annotated[
        Line | None,
        Input(
            "Number of the part that this job copies, as `sync-plan` shares the services out; "
            "it only appears in what is told.",
            example="2",
        ),
    ] = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """What to copy, everything unless something is named."""
        return self.what or _EVERYTHING


def run(request: Sync, tools: Tools) -> Outcome:
    """Copy, page by page; what is there already is brought up to date.

    Args:
        request: what to copy.
        tools: both APIs.

    Returns:
        How much was copied, and what Port refused.

    Raises:
        ActionError: an API refused or wasn't reached; whatever was written by then stays.
        Cancelled: the job was cancelled; whatever was written by then stays.
    """
    # Only here: pages don't wait for the thread pool's modules.
    from pd_incident_action.syncing.copying import Copying  # noqa: PLC0415
    from pd_incident_action.syncing.tally import Tally  # noqa: PLC0415

    # The process starts without it, since most runs are over in a second. This one isn't.
    gc.enable()
    plan = _plan(request, tools)
    tally = Tally(tools.say)
    copying = Copying(plan, tools, tally)
    try:
        copying.run()
    except (ActionError, Cancelled):
        tools.say(f"Stopped early. {tally.so_far}. What was written stays; run it again.")
        raise
    return Outcome(
        message=_message(request, tally, complete=not copying.problems),
        failures=(*copying.problems, *tally.failures),
        outputs=tally.outputs(),
        tables=(tally.table,),
        warnings=copying.warnings,
        in_catalog=False,
    )


def _plan(request: Sync, tools: Tools) -> Plan:
    from pd_incident_action.syncing.copying import Plan  # noqa: PLC0415 - as in run
    from pd_incident_action.syncing.windows import when_of  # noqa: PLC0415 - as in run

    return Plan(
        services="services" in request.wanted,
        incidents="incidents" in request.wanted,
        on_call="on-call" in request.wanted,
        when=when_of(request.since, request.until, datetime.now(UTC)),
        service_ids=tuple(dict.fromkeys(map(tools.names.service, request.service or ()))),
        statuses=request.statuses,
        delete_missing=request.delete_missing,
    )


def _message(request: Sync, tally: Tally, *, complete: bool) -> str:
    part = f"Shard {request.shard}: " if request.shard else ""
    copied = "Copied" if complete else "Copied a part of"
    return f"{part}{copied} PagerDuty into Port's catalog: {tally.in_words}."


def _announce(request: Sync) -> str:
    part = f"Shard {request.shard}: copying" if request.shard else "Copying"
    number = len(request.service or ())
    of = f" of {number} services" if number > 1 else ""
    of = f" of service {request.service[0]}" if request.service and number == 1 else of
    return f"{part} PagerDuty's {', '.join(request.wanted)}{of} into Port's catalog"


OPERATION = Operation(
    name="sync",
    summary="Copy PagerDuty's services, incidents and who is on call into Port's catalog",
    request=Sync,
    run=run,
    announce=_announce,
    needs=("pagerduty-token", "port-client-id", "port-client-secret"),
    scopes=("incidents.read", "oncalls.read", "services.read", "users.read"),
    port_blueprint="pagerdutyService",
    outputs={
        "written": "Number of entities that were written into the catalog.",
        "failed": "Number of entities that Port refused.",
        "deleted": "Number of entities that were deleted since their incident is gone.",
    },
)
