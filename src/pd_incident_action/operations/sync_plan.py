"""Share PagerDuty's services out among jobs that run `sync` side by side.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec
from pd_incident_action.models import Outcome, Table
from pd_incident_action.operations._shared.service_filter import ServiceFilter
from pd_incident_action.pagerduty.incident_lists import IncidentQuery, PagedLists
from pd_incident_action.sync.rate_limiter import Limiter
from pd_incident_action.sync.shards import Shard, matrix_of, partition
from pd_incident_action.sync.status_filter import StatusFilter

from .base import Operation

# So much a service is in itself, however few its incidents are.
_A_SERVICE = 1


class SyncPlan(Operation):
    """Share PagerDuty's services out among jobs that run sync side by side."""

    name = "sync-plan"
    summary = "Share PagerDuty's services out among jobs that run sync side by side"
    scopes = ("incidents.read", "services.read")
    port_blueprint = "pagerdutyService"
    outputs = {
        "matrix": "The jobs, as GitHub's `matrix` takes them: "
        '`{"include": [{"shard": "1", "services": "PABC123,PABC456"}, …]}`.',
        "count": "Number of jobs in the matrix; without any, GitHub would refuse it.",
    }

    class Inputs(ServiceFilter, StatusFilter):
        """The inputs of `sync-plan`."""

        shards: Annotated[
            int,
            Field(ge=1, le=256),
            InputSpec(
                "Number of jobs to share the services out among, at most 256: as many as GitHub's "
                "matrix takes.",
                example="4",
            ),
        ] = 4
        balance: Annotated[
            Literal["incidents", "services"],
            CaseInsensitive,
            InputSpec(
                "What each job shall have as much of as the others: `incidents`, which takes a "
                "request for each service, or `services`.",
                example="services",
            ),
        ] = "incidents"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Sharing the services out among {self.inputs.shards} jobs"

    def run(self) -> Outcome:
        """Share services out.

        Returns:
            GitHub's matrix, and how many jobs it has.

        Raises:
            ActionError: there is no such service, or PagerDuty refused or wasn't reached.
        """
        listing = PagedLists(
            Limiter(
                "PagerDuty", self.context.pagerduty.send, self.context.log, self.context.deadline
            ).send
        )
        chosen = self.context.names.services(self.inputs.service)
        ids = chosen or [str(one["id"]) for page in listing.services() for one in page]
        weights = dict.fromkeys(ids, _A_SERVICE)
        if self.inputs.balance == "incidents":
            weights = _weights(listing, ids, self.inputs.statuses)
        shards = partition(weights, self.inputs.shards)
        return Outcome(
            message=_message(len(ids), shards),
            response=matrix_of(shards),
            outputs={"matrix": json.dumps(matrix_of(shards)), "count": str(len(shards))},
            tables=(_table(shards, self.inputs.balance),) if shards else (),
            write_entity=False,
        )


def _weights(listing: PagedLists, ids: Sequence[str], statuses: tuple[str, ...]) -> dict[str, int]:
    weights = {}
    results = map_concurrently(partial(_incidents_of, listing, statuses), ids)
    for service, result in zip(ids, results, strict=True):
        if isinstance(result, Exception):
            raise result
        weights[service] = result + _A_SERVICE
    return weights


def _incidents_of(listing: PagedLists, statuses: tuple[str, ...], service: str) -> int:
    return listing.count_and_oldest(IncidentQuery(statuses, (service,)))[0]


def _message(services: int, shards: Sequence[Shard]) -> str:
    if not shards:
        return "There are no services to share out."
    jobs = f"{len(shards)} job{'s' if len(shards) > 1 else ''}"
    return f"Shared {services} service{'s' if services > 1 else ''} out among {jobs}."


def _table(shards: Sequence[Shard], balance: str) -> Table:
    rows = [
        (str(number), str(len(shard.services)), str(shard.weight - len(shard.services)))
        for number, shard in enumerate(shards, 1)
    ]
    if balance == "services":
        return Table("Shards", ("Shard", "Services"), tuple(row[:2] for row in rows))
    return Table("Shards", ("Shard", "Services", "Incidents"), tuple(rows))
