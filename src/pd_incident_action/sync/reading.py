"""Reading PagerDuty as batches of entities, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pd_incident_action.inputs.intervals import DateRange, Interval, parse_iso
from pd_incident_action.pagerduty.date_windows import MAX_LISTED, listable_windows
from pd_incident_action.pagerduty.models import OnCall
from pd_incident_action.pagerduty.on_calls import by_level, emails_of
from pd_incident_action.port.entities import BULK_ENTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pd_incident_action.models import Entity
    from pd_incident_action.pagerduty.client import Json
    from pd_incident_action.pagerduty.incident_lists import IncidentQuery, PagedLists

    from .entity_builder import Shape
    from .progress import SyncProgress

# Ids are part of the URL, which must not become too long.
IDS_AT_ONCE = 50


def parts_to_read(
    listing: PagedLists, wanted: IncidentQuery, when: DateRange
) -> list[tuple[IncidentQuery, int]]:
    """Plan which parts to list, none of them too much for PagerDuty.

    Args:
        listing: PagerDuty's lists.
        wanted: which incidents, but for their period.
        when: when they were opened.

    Returns:
        The parts, and how many incidents these have.

    Raises:
        ActionError: PagerDuty refused or wasn't reached.
    """
    since = when.since
    if since is None:
        count, since = listing.count_and_oldest(wanted)
        if count <= MAX_LISTED and when.until is None:
            return [(wanted, count)] if count else []
    if since is None or since >= when.end:
        return []

    def number_in(period: Interval) -> int:
        return listing.count_and_oldest(replace(wanted, period=period))[0]

    windows = listable_windows(Interval(since, when.end), number_in)
    return [(replace(wanted, period=period), count) for period, count in windows]


class IncidentReader:
    """Reads incidents.

    Args:
        listing: PagerDuty's lists.
        shape: makes entities of them.
        tally: counts them.

    Attributes:
        seen: ids of the incidents that were read: all that is held of them.
        gone: ids that PagerDuty was asked for but doesn't have.
    """

    def __init__(self, listing: PagedLists, shape: Shape, tally: SyncProgress) -> None:
        self._listing = listing
        self._shape = shape
        self._tally = tally
        self.seen: set[str] = set()
        self.gone: list[str] = []

    def read(self, part: tuple[IncidentQuery, int]) -> Iterator[list[Entity]]:
        """Read a part of the incidents, as `parts_to_read` planned it.

        Args:
            part: which incidents, and how many there are.

        Yields:
            Entities, as many as Port takes at once.

        Raises:
            ActionError: PagerDuty refused or wasn't reached.
        """
        wanted, count = part
        for page in self._listing.incidents(wanted, count):
            # The border of two windows, and what moved to another page meanwhile, comes twice.
            new = [one for one in page if one["id"] not in self.seen and _is_in(wanted, one)]
            self.seen.update(one["id"] for one in new)
            yield from self._batches(new)

    def look_up(self, ids: Sequence[str]) -> Iterator[list[Entity]]:
        """Read incidents one by one.

        Args:
            ids: PagerDuty's; at most as many as Port takes entities at once.

        Yields:
            The entities of those that PagerDuty has.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        found = {identifier: self._listing.incident(identifier) for identifier in ids}
        self.gone += [identifier for identifier, incident in found.items() if incident is None]
        yield from self._batches([incident for incident in found.values() if incident])

    def _batches(self, incidents: Sequence[Json]) -> Iterator[list[Entity]]:
        self._tally.count(read=len(incidents))
        yield from batches_of([self._shape.of_incident(one) for one in incidents])


class ServiceReader:
    """Reads services, and who is on call for them.

    Args:
        listing: PagerDuty's lists.
        shape: makes entities of them.
        tally: counts them.
        services: whether the services themselves are wanted.
        on_call: whether it is wanted who is on call.
    """

    def __init__(
        self,
        listing: PagedLists,
        shape: Shape,
        tally: SyncProgress,
        *,
        services: bool,
        on_call: bool,
    ) -> None:
        self._listing = listing
        self._shape = shape
        self._tally = tally
        self._services = services
        self._on_call = on_call

    def read(self, service_ids: Sequence[str]) -> Iterator[list[Entity]]:
        """Read some services, or all of them.

        Args:
            service_ids: PagerDuty's ids, some dozens at most; none for all.

        Yields:
            Entities, as many as Port takes at once.

        Raises:
            ApiError: one of them doesn't exist, or PagerDuty wasn't reached.
        """
        some = [self._listing.service(one) for one in service_ids]
        for page in [some] if service_ids else self._listing.services():
            self._tally.count(read=len(page))
            yield from batches_of(self._entities(page))

    def _entities(self, services: Sequence[Json]) -> list[Entity]:
        if not self._on_call:
            return [self._shape.of_service(one, None) for one in services]
        on_call = self._who(services)
        make = self._shape.of_service if self._services else self._shape.only_on_call
        return [make(one, on_call.get(_policy_of(one), ())) for one in services]

    def _who(self, services: Sequence[Json]) -> dict[str, tuple[str, ...]]:
        """Tell who is on call, by escalation policy."""
        policies = list(dict.fromkeys(filter(None, map(_policy_of, services))))
        found: dict[str, list[Json]] = defaultdict(list)
        for start in range(0, len(policies), IDS_AT_ONCE):
            for page in self._listing.on_calls(policies[start : start + IDS_AT_ONCE]):
                for entry in page:
                    found[_policy_of(entry)].append(entry)
        return {
            policy: emails_of(by_level(map(OnCall.read, entries)))
            for policy, entries in found.items()
        }


def batches_of(entities: Sequence[Entity]) -> Iterator[list[Entity]]:
    """Cut entities into as many as Port takes at once."""
    for start in range(0, len(entities), BULK_ENTITIES):
        yield list(entities[start : start + BULK_ENTITIES])


def _policy_of(thing: Json) -> str:
    return str((thing.get("escalation_policy") or {}).get("id") or "")


def _is_in(wanted: IncidentQuery, incident: Json) -> bool:
    """Tell whether an incident belongs to a window; PagerDuty includes the window's end."""
    opened = parse_iso(incident.get("created_at"))
    return wanted.period is None or opened is None or wanted.period.contains(opened)
