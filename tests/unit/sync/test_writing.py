"""What Port refuses together is written alone, and only what it refuses alone has failed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pd_incident_action.errors import ApiRejected
from pd_incident_action.models import Entity
from pd_incident_action.sync.progress import SyncProgress
from pd_incident_action.sync.writing import Writer


class Entities:
    """Refuses every request with some entities in it."""

    def __init__(self, status: int, refused: Sequence[str] = ()) -> None:
        self.status = status
        self.refused = refused
        self.sent: list[list[str]] = []

    def upsert_all(self, entities: Sequence[Entity]) -> dict[str, ApiRejected]:
        ids = [entity.identifier for entity in entities]
        self.sent.append(ids)
        if set(ids) & set(self.refused):
            raise ApiRejected(f"Port did not write {ids}", status=self.status)
        return {}


BATCH = [Entity("b", identifier, identifier) for identifier in ("Q1", "Q2", "Q3")]


@pytest.fixture
def tally() -> SyncProgress:
    counts = SyncProgress(lambda _: None)
    counts.begin("incidents")
    return counts


def writer(entities: object, tally: SyncProgress, *, dry_run: bool = False) -> Writer:
    return Writer(entities, tally, dry_run=dry_run)  # type: ignore[arg-type] # stands in for Port


def test_a_batch_is_one_request(tally: SyncProgress) -> None:
    entities = Entities(422)
    writer(entities, tally).write(BATCH)
    assert entities.sent == [["Q1", "Q2", "Q3"]]
    assert tally.outputs()["written"] == "3"


@pytest.mark.parametrize("status", [413, 422])
def test_one_that_spoils_a_batch_fails_alone(tally: SyncProgress, status: int) -> None:
    entities = Entities(status, ["Q2"])
    writer(entities, tally).write(BATCH)
    assert entities.sent == [["Q1", "Q2", "Q3"], ["Q1"], ["Q2"], ["Q3"]]
    assert tally.outputs() == {"written": "2", "failed": "1", "deleted": "0"}
    assert [error.summary for error in tally.failures] == ["Port did not write ['Q2']"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_holds_for_all_ends_it(tally: SyncProgress, status: int) -> None:
    entities = Entities(status, ["Q2"])
    with pytest.raises(ApiRejected):
        writer(entities, tally).write(BATCH)
    assert len(entities.sent) == 1


def test_refusals_within_a_batch_are_counted_and_named(tally: SyncProgress) -> None:
    class Partly(Entities):
        def upsert_all(self, entities: Sequence[Entity]) -> dict[str, ApiRejected]:
            return {entities[0].identifier: ApiRejected("Port did not write Q1")}

    writer(Partly(0), tally).write(BATCH)
    assert tally.outputs() == {"written": "2", "failed": "1", "deleted": "0"}


def test_a_dry_run_shows_only_the_first_requests(tally: SyncProgress) -> None:
    entities = Entities(422)
    dry = writer(entities, tally, dry_run=True)
    for _ in range(8):
        dry.write(BATCH)
    assert len(entities.sent) == 5
    assert dry.hidden == 3
    assert tally.outputs()["written"] == "24"
