"""Sharing services out among jobs that run side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Shard:
    """The services of one job.

    Attributes:
        weight: how much work they are.
        services: PagerDuty's ids.
    """

    weight: int = 0
    services: list[str] = field(default_factory=list)


def partition(weights: Mapping[str, int], count: int) -> list[Shard]:
    """Share services out so that no job has much more to do than another.

    Args:
        weights: how much work each service is, by id.
        count: how many jobs there may be, at least 1.

    Returns:
        The shards, none of them empty; the same for the same weights.
    """
    shards = [Shard() for _ in range(min(count, len(weights)))]
    # The heaviest first, each to whoever has least to do yet.
    for service in sorted(weights, key=lambda one: (-weights[one], one)):
        lightest = min(shards, key=lambda shard: (shard.weight, len(shard.services)))
        lightest.weight += weights[service]
        lightest.services.append(service)
    return shards


def matrix_of(shards: list[Shard]) -> dict[str, list[dict[str, str]]]:
    """Make GitHub's matrix of the shards.

    https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations

    Args:
        shards: what each job has to do.

    Returns:
        ``{"include": [{"shard": "1", "services": "PABC123,PABC456"}, …]}``.
    """
    return {
        "include": [
            {"shard": str(number), "services": ",".join(sorted(shard.services))}
            for number, shard in enumerate(shards, 1)
        ]
    }
