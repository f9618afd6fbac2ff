"""Services are split evenly, each into exactly one shard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pd_incident_action.operations.sync_plan import partition


def test_no_job_has_much_more_to_do_than_another() -> None:
    for weights, count, services in [
        ({"P1": 10, "P2": 4, "P3": 4, "P4": 2}, 2, [["P1"], ["P2", "P3", "P4"]]),
        ({"P1": 1, "P2": 1, "P3": 1}, 2, [["P1", "P3"], ["P2"]]),
        ({"P1": 1}, 4, [["P1"]]),
        ({}, 4, []),
    ]:
        assert [shard.services for shard in partition(weights, count)] == services


@given(st.dictionaries(st.text("PQR12", min_size=1), st.integers(1, 500)), st.integers(1, 9))
def test_every_service_is_in_one_shard(weights: dict[str, int], count: int) -> None:
    shards = partition(weights, count)
    assert sorted(one for shard in shards for one in shard.services) == sorted(weights)
    assert all(shard.weight == sum(weights[one] for one in shard.services) for shard in shards)
    heights = [shard.weight for shard in shards] or [0]
    assert max(heights) - min(heights) <= max(weights.values(), default=0)
