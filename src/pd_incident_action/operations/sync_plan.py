"""Split PagerDuty's services across jobs that run `sync` in parallel.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, Literal

from pydantic import Field

from pd_incident_action.http.client import map_or_raise
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec
from pd_incident_action.models import Outcome, Table
from pd_incident_action.operations._shared.common_inputs import ServiceFilter, StatusFilter
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import IncidentLists, IncidentQuery
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.sync.pipeline import RateLimiter
from pd_incident_action.text import counted

from .base import Operation

# The weight of a service itself, however few its incidents are.
_SERVICE_WEIGHT = 1


class SyncPlan(Operation):
    name = "sync-plan"
    summary = "Split services into shards for parallel sync jobs"
    group = "Setting up and syncing"
    scopes = ("incidents.read", "services.read")
    port_blueprint = ""
    outputs = {
        "matrix": "The jobs, as GitHub's `matrix` takes them: "
        '`{"include": [{"shard": "1", "services": "PABC123,PABC456"}, …]}`.',
        "count": "Number of jobs in the matrix; GitHub refuses a matrix without any.",
    }

    class Inputs(ServiceFilter, StatusFilter):
        shards: Annotated[
            int,
            Field(ge=1, le=256),
            InputSpec(
                "Number of jobs to split the services across, at most 256, GitHub's limit for a "
                "matrix.",
                example="4",
                main=("shards",),
            ),
        ] = 4
        balance: Annotated[
            Literal["incidents", "services"],
            CaseInsensitive,
            InputSpec(
                "What to balance between the jobs: `incidents`, which takes a request for each "
                "service, or `services`.",
                example="services",
            ),
        ] = "incidents"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Splitting the services across {self.inputs.shards} jobs"

    def run(self) -> Outcome:
        """Return GitHub's matrix, and how many jobs it has."""
        context = self.context
        pagerduty, never = context.pagerduty, Event()
        limiter = RateLimiter("PagerDuty", pagerduty.send, context.log, context.deadline, never)
        pagerduty = pagerduty.with_sender(limiter.send)
        ids = context.names.services(self.inputs.service)
        ids = ids or [service.id for service in Services(pagerduty).all()]
        weights = dict.fromkeys(ids, _SERVICE_WEIGHT)
        if self.inputs.balance == "incidents":
            weights = _weigh(pagerduty, ids, self.inputs.statuses)
        shards = partition(weights, self.inputs.shards)
        matrix = {
            "include": [
                {"shard": str(number), "services": ",".join(sorted(shard.services))}
                for number, shard in enumerate(shards, 1)
            ]
        }
        return Outcome(
            message=_message(len(ids), len(shards)),
            response=matrix,
            outputs={"matrix": json.dumps(matrix), "count": str(len(shards))},
            tables=(_table(shards, self.inputs.balance),) if shards else (),
            write_entity=False,
        )


@dataclass
class Shard:
    """The services of one job, and how much work they are."""

    weight: int = 0
    services: list[str] = field(default_factory=list)


def partition(weights: Mapping[str, int], count: int) -> list[Shard]:
    """Split services so that no job has much more to do than another.

    Returns:
        The shards, none of them empty; the same for the same weights.
    """
    shards = [Shard() for _ in range(min(count, len(weights)))]
    # The heaviest first, each to whichever has the least to do so far.
    for service in sorted(weights, key=lambda one: (-weights[one], one)):
        lightest = min(shards, key=lambda shard: (shard.weight, len(shard.services)))
        lightest.weight += weights[service]
        lightest.services.append(service)
    return shards


def _weigh(pagerduty: PagerDuty, ids: Sequence[str], statuses: tuple[str, ...]) -> dict[str, int]:
    """Count each service's incidents; raises `ActionError`."""
    lists = IncidentLists(pagerduty)

    def count(service: str) -> int:
        return lists.count_and_oldest(IncidentQuery(statuses, (service,)))[0]

    counts = zip(ids, map_or_raise(count, ids), strict=True)
    return {service: number + _SERVICE_WEIGHT for service, number in counts}


def _message(services: int, jobs: int) -> str:
    if not jobs:
        return "There are no services to split."
    return f"Split {counted(services, 'service')} across {counted(jobs, 'job')}."


def _table(shards: Sequence[Shard], balance: str) -> Table:
    rows = [
        (str(number), str(len(shard.services)), str(shard.weight - len(shard.services)))
        for number, shard in enumerate(shards, 1)
    ]
    if balance == "services":
        return Table("Shards", ("Shard", "Services"), tuple(row[:2] for row in rows))
    return Table("Shards", ("Shard", "Services", "Incidents"), tuple(rows))
