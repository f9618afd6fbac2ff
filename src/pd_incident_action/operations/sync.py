"""Copy PagerDuty's services, incidents and who is on call into Port's catalog.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://docs.port.io/api-reference/create-multiple-entities
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import Annotated

from pd_incident_action.errors import ActionError, Cancelled
from pd_incident_action.inputs.fields import (
    BulkNames,
    CommaSeparated,
    InputSpec,
    ShortText,
    one_or_more_of,
)
from pd_incident_action.inputs.intervals import PastMoment, parse_date_range
from pd_incident_action.models import Outcome
from pd_incident_action.sync.job import Plan, SyncJob
from pd_incident_action.sync.progress import SyncProgress
from pd_incident_action.sync.status_filter import StatusFilter

from .base import Operation, OperationContext

_EVERYTHING = ("services", "incidents", "on-call")


class Sync(Operation):
    """Copy PagerDuty's services, incidents and who is on call into Port's catalog."""

    name = "sync"
    summary = "Copy PagerDuty's services, incidents and who is on call into Port's catalog"
    required_credentials = ("pagerduty-token", "port-client-id", "port-client-secret")
    scopes = ("incidents.read", "oncalls.read", "services.read", "users.read")
    port_blueprint = "pagerdutyService"
    outputs = {
        "written": "Number of entities that were written into the catalog.",
        "failed": "Number of entities that Port refused.",
        "deleted": "Number of entities that were deleted since their incident is gone.",
    }

    class Inputs(StatusFilter):
        """The inputs of `sync`."""

        what: Annotated[
            tuple[ShortText, ...] | None,
            CommaSeparated,
            one_or_more_of(*_EVERYTHING),
            InputSpec(
                "What to copy: any of `services`, `incidents` and `on-call` (who is on call for "
                "each service), separated by commas. Services that incidents relate to come along "
                "where the catalog lacks them.",
                example="services, on-call",
                default_help="all of them",
            ),
        ] = None
        service: Annotated[
            BulkNames | None,
            InputSpec(
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
            InputSpec(
                "Copy incidents that were opened since then: a time (in UTC unless it says "
                "otherwise), or how long ago.",
                example="30d",
                default_help="however long ago",
            ),
        ] = None
        until: Annotated[
            PastMoment | None,
            InputSpec(
                "Copy incidents that were opened before then: a time (in UTC unless it says "
                "otherwise), or how long ago.",
                example="2026-12-01",
                default_help="now",
            ),
        ] = None
        delete_missing: Annotated[
            bool,
            InputSpec(
                "`true` deletes entities of incidents that PagerDuty doesn't have any more; "
                "otherwise that is a warning.",
                example="true",
            ),
        ] = False
        shard: Annotated[
            ShortText | None,
            InputSpec(
                "Number of the part that this job copies, as `sync-plan` shares the services out; "
                "it only appears in what is told.",
                example="2",
            ),
        ] = None

        @property
        def wanted(self) -> tuple[str, ...]:
            """What to copy, everything unless something is named."""
            return self.what or _EVERYTHING

    inputs: Inputs

    def start_message(self) -> str:
        part = f"Shard {self.inputs.shard}: copying" if self.inputs.shard else "Copying"
        number = len(self.inputs.service or ())
        of = f" of {number} services" if number > 1 else ""
        of = f" of service {self.inputs.service[0]}" if self.inputs.service and number == 1 else of
        return f"{part} PagerDuty's {', '.join(self.inputs.wanted)}{of} into Port's catalog"

    def run(self) -> Outcome:
        """Copy, page by page; what is there already is brought up to date.

        Returns:
            How much was copied, and what Port refused.

        Raises:
            ActionError: an API refused or wasn't reached; whatever was written by then stays.
            Cancelled: the job was cancelled; whatever was written by then stays.
        """
        # The process starts without it, since most runs are over in a second. This one isn't.
        gc.enable()
        plan = _plan(self.inputs, self.context)
        tally = SyncProgress(self.context.log)
        copying = SyncJob(plan, self.context, tally)
        try:
            copying.run()
        except (ActionError, Cancelled):
            self.context.log(
                f"Stopped early. {tally.so_far}. What was written stays; run it again."
            )
            raise
        return Outcome(
            message=_message(self.inputs, tally, complete=not copying.problems),
            failures=(*copying.problems, *tally.failures),
            outputs=tally.outputs(),
            tables=(tally.table,),
            warnings=copying.warnings,
            write_entity=False,
        )


def _plan(request: Sync.Inputs, tools: OperationContext) -> Plan:
    return Plan(
        services="services" in request.wanted,
        incidents="incidents" in request.wanted,
        on_call="on-call" in request.wanted,
        when=parse_date_range(request.since, request.until, datetime.now(UTC)),
        service_ids=tuple(dict.fromkeys(map(tools.names.service, request.service or ()))),
        statuses=request.statuses,
        delete_missing=request.delete_missing,
    )


def _message(request: Sync.Inputs, tally: SyncProgress, *, complete: bool) -> str:
    part = f"Shard {request.shard}: " if request.shard else ""
    copied = "Copied" if complete else "Copied a part of"
    return f"{part}{copied} PagerDuty into Port's catalog: {tally.humanize}."
