"""Sync PagerDuty's services, incidents and who is on call to Port's catalog.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://docs.port.io/api-reference/create-multiple-entities
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, get_args

from pd_incident_action.errors import ActionError, Cancelled
from pd_incident_action.inputs.fields import (
    BulkNames,
    InputSpec,
    SeveralOf,
    ShortText,
)
from pd_incident_action.inputs.intervals import PastMoment, parse_date_range
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.common_inputs import OWN_SERVICES, StatusFilter
from pd_incident_action.sync.directory import BLUEPRINTS
from pd_incident_action.sync.job import SyncJob, SyncOptions
from pd_incident_action.sync.pipeline import SyncProgress

from .base import Operation

_Kind = Literal["services", "incidents", "on-call", "escalation-policies", "schedules", "users"]
_EVERYTHING: tuple[_Kind, ...] = get_args(_Kind)
_OF_SERVICES = _EVERYTHING[:3]


class Sync(Operation):
    name = "sync"
    summary = "Sync services, incidents, schedules, policies and users to Port"
    group = "Setting up and syncing"
    required_credentials = ("pagerduty-token", "port-client-id", "port-client-secret")
    scopes = (
        "escalation_policies.read",
        "incidents.read",
        "oncalls.read",
        "schedules.read",
        "services.read",
        "users.read",
    )
    port_blueprint = ""
    # What `run` writes entities of.
    copied: ClassVar[tuple[str, ...]] = (
        "pagerdutyService",
        "pagerdutyIncident",
        *BLUEPRINTS.values(),
    )
    outputs = {
        "written": "Number of entities written to the catalog.",
        "failed": "Number of entities that Port refused.",
        "deleted": "Number of entities deleted because PagerDuty no longer has the incident.",
    }

    class Inputs(StatusFilter):
        what: Annotated[
            SeveralOf[_Kind] | None,
            InputSpec(
                "What to sync: any of `services`, `incidents`, `on-call` (of each service), "
                "`escalation-policies`, `schedules` and `users` (with who is on call now and "
                "next), separated by commas. An incident's service is created if missing.",
                example="services, on-call",
                main=("what",),
                default_help="all of them; with `service` the first three",
            ),
        ] = None
        service: Annotated[
            BulkNames | None,
            InputSpec(
                "Services to sync, and whose incidents to sync: ids, names, or their names in the "
                "configuration file, separated by commas.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                default_help=OWN_SERVICES,
                configurable=False,
            ),
        ] = None
        since: Annotated[
            PastMoment | None,
            InputSpec(
                "Sync incidents created since this time (UTC unless it has an offset), or how "
                "long ago.",
                example="30d",
                aliases=("start", "start_time"),
                main=("since",),
                default_help="no limit",
            ),
        ] = None
        until: Annotated[
            PastMoment | None,
            InputSpec(
                "Sync incidents created before this time (UTC unless it has an offset), or how "
                "long ago.",
                example="2026-12-01",
                aliases=("end", "end_time"),
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
                "Number of the shard of `sync-plan` that this job syncs; used in log messages "
                "only.",
                example="2",
            ),
        ] = None

        @property
        def parts(self) -> tuple[str, ...]:
            """What to sync, everything by default."""
            return self.what or (_OF_SERVICES if self.service else _EVERYTHING)

    inputs: Inputs

    def start_message(self) -> str:
        services = self.inputs.service or ()
        of = f" of {len(services)} services" if len(services) > 1 else ""
        if len(services) == 1:
            of = f" of service {services[0]}"
        return f"{self._shard}Syncing PagerDuty's {', '.join(self.inputs.parts)}{of} to Port"

    def run(self) -> Outcome:
        """Sync page by page; what exists is updated, and what was written stays in any case."""
        # Off since the start, as most runs are over in a second. This one isn't.
        gc.enable()
        progress = SyncProgress(self.context.log)
        job = SyncJob(
            options=self._options(),
            pagerduty=self.context.pagerduty,
            port=self.context.port,
            progress=progress,
            log=self.context.log,
            deadline=self.context.deadline,
            redact=self.context.redact,
        )
        try:
            job.run()
        except (ActionError, Cancelled):
            self.context.log(
                f"Stopped early. {progress.status}. What was written stays; run it again."
            )
            raise
        synced = "Partly synced" if job.problems else "Synced"
        return Outcome(
            message=f"{self._shard}{synced} PagerDuty to Port: {progress.summary}.",
            failures=(*job.problems, *progress.failures),
            outputs=progress.outputs(),
            tables=(progress.table,),
            warnings=tuple(job.warnings),
            write_entity=False,
        )

    @property
    def _shard(self) -> str:
        return f"Shard {self.inputs.shard}: " if self.inputs.shard else ""

    def _options(self) -> SyncOptions:
        inputs, context = self.inputs, self.context
        return SyncOptions(
            parts=inputs.parts,
            must_exist=bool(inputs.what),
            # The dates first: a wrong one is refused before services are looked up.
            created=parse_date_range(inputs.since, inputs.until, datetime.now(UTC)),
            service_ids=tuple(context.names.services(inputs.service)),
            statuses=inputs.statuses,
            delete_missing=inputs.delete_missing,
            incident_blueprint=context.blueprint,
            own_statuses=tuple(
                name
                for name, status in context.config.statuses.items()
                if status in inputs.statuses
            ),
            mapping=context.config.mapping,
            dry_run=context.dry_run,
        )
