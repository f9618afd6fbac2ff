"""What one click of each operation brings about, how it is counted, and how often it may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from harness import ROOT, writes
from pd_incident_simulator import Simulator
from pd_incident_simulator.github.state import TOKEN
from scenes import INCIDENT_IO_KEY


class Limit(Enum):
    """How often one click may have its effect; docs/reliability.md says so for users."""

    ONCE = "once, whatever happens"
    ONCE_A_MOMENT = "once, or by twins at the same moment twice"
    ONCE_A_RUN = "once in each run"
    NEVER = "never: it only reads, or writes to Port"


@dataclass(frozen=True)
class Effect:
    """What one click of an operation brings about.

    Attributes:
        count: counts it in the simulator: before the click, and after it.
        limit: how often it may be brought about.
        shows: what a run has to show if its exit code is 0; a regular expression.
        apis: the APIs that it is brought about with, besides Port's.
        inputs: further inputs under ``with:``.
    """

    count: Callable[[Simulator], int]
    limit: Limit = Limit.ONCE
    shows: str = ""
    apis: tuple[str, ...] = ("pagerduty",)
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def has_to_be_there(self) -> bool:
        """Whether it has to be there once a run's exit code is 0."""
        return not self.shows


def _incidents(sim: Simulator) -> int:
    return len(sim.pagerduty.state.incidents)


def _log(*kinds: str, about: str = "") -> Callable[[Simulator], int]:
    """Count log entries of some kinds, of all incidents, about a field if one is given."""
    wanted = {f"{kind}_log_entry" for kind in kinds}

    def count(sim: Simulator) -> int:
        entries = [entry for log in sim.pagerduty.state.log_entries.values() for entry in log]
        found = [entry for entry in entries if entry["type"] in wanted]
        return sum(not about or about in entry["changeset"] for entry in found)

    return count


def _notes(text: str) -> Callable[[Simulator], int]:
    def count(sim: Simulator) -> int:
        notes = [note for notes in sim.pagerduty.state.notes.values() for note in notes]
        return sum(text in note["content"] for note in notes)

    return count


def _made(collection: str) -> Callable[[Simulator], int]:
    """Count what stands in one of PagerDuty's collections, by incident or service if it is so."""

    def count(sim: Simulator) -> int:
        found = getattr(sim.pagerduty.state, collection)
        lists = list(found.values()) if isinstance(found, dict) else found
        return sum(len(one) if isinstance(one, list) else 1 for one in lists)

    return count


def _overrides(sim: Simulator) -> int:
    return sum(len(one.overrides) for one in sim.pagerduty.state.schedules.values())


def _requests(sim: Simulator) -> int:
    return sum(len(one["responder_requests"]) for one in sim.pagerduty.state.incidents.values())


def _merged(sim: Simulator) -> int:
    return sum("resolve_reason" in one for one in sim.pagerduty.state.incidents.values())


def _updates(sim: Simulator) -> int:
    """Count changes of status or severity in incident.io, the first one of each included."""
    return sim.incident_io.state.changes


def _changes(sim: Simulator) -> int:
    """Count requests that were to change something in a provider."""
    return len(writes(sim.exchanges, "pagerduty", "incident-io"))


def _fields_set(sim: Simulator) -> int:
    values = sim.pagerduty.state.custom_field_values.values()
    return sum(one.get("root_cause") == "disk" for one in values)


def _synced(sim: Simulator) -> int:
    """Return 1 if Port has what `sync` reads in PagerDuty, else 0."""
    entities = sim.port.state.entities
    services, incidents = entities["pagerdutyService"], entities["pagerdutyIncident"]
    has_services = all("url" in one["properties"] for one in services.values())
    return int(has_services and sim.pagerduty.state.incidents.keys() <= incidents.keys())


def _subscriptions(sim: Simulator) -> int:
    """Count subscriptions to PagerDuty's events; none as long as Port isn't fully set up."""
    subscriptions, webhooks = sim.pagerduty.state.webhook_subscriptions, sim.port.state.webhooks
    described = " ".join(str(one.get("description")) for one in webhooks.values()).split()
    has_secret = any(one in described for one in subscriptions)
    actions = {path.stem for path in (ROOT / "port" / "actions").glob("*.json")}
    is_complete = has_secret and len(sim.port.state.actions) == len(actions)
    return len(subscriptions) if is_complete else 0


INCIDENT_IO = {"provider": "incident-io", "incident_io_token": INCIDENT_IO_KEY}
EFFECTS: dict[str, Effect] = {
    "acknowledge": Effect(_log("acknowledge")),
    "add-responders": Effect(_requests, Limit.ONCE_A_MOMENT),
    "change-event": Effect(_made("change_events"), Limit.ONCE_A_RUN, apis=("events",)),
    "check-sla": Effect(
        _notes("Target of SEV-1 missed"), Limit.ONCE_A_MOMENT, "breaches its SLA target"
    ),
    "create": Effect(_incidents),
    "create-service": Effect(_made("services")),
    "doctor": Effect(_changes, Limit.NEVER, r"\d+ checks: \d+ passed"),
    "escalate": Effect(_log("escalate", "delegate", "assign"), Limit.ONCE_A_MOMENT),
    "expect": Effect(
        _incidents,
        apis=("events", "pagerduty", "github"),
        inputs={"workflow": "ci.yml", "every": "24h", "github_token": TOKEN},
    ),
    "follow": Effect(_incidents, apis=("events", "pagerduty"), inputs={"status": "failure"}),
    "get": Effect(_changes, Limit.NEVER, r"#\d+ Down is triggered"),
    "guard": Effect(
        _made("change_events"),
        Limit.ONCE_A_RUN,
        "No new incident of high urgency on PSVC001 in 1 s",
        apis=("events", "pagerduty"),
        inputs={"watch": "1s"},
    ),
    "incident-io-create": Effect(
        lambda sim: len(sim.incident_io.state.incidents), apis=("incident-io",), inputs=INCIDENT_IO
    ),
    "incident-io-resolve": Effect(_updates, apis=("incident-io",), inputs=INCIDENT_IO),
    "incident-io-update": Effect(_updates, apis=("incident-io",), inputs=INCIDENT_IO),
    "maintenance": Effect(_made("maintenance_windows"), Limit.ONCE_A_MOMENT),
    "merge": Effect(_merged),
    "note": Effect(_notes("Looking into it"), Limit.ONCE_A_MOMENT),
    "on-call": Effect(_changes, Limit.NEVER, "Ada Lovelace"),
    "override": Effect(_overrides, Limit.ONCE_A_MOMENT),
    "reassign": Effect(_log("assign"), Limit.ONCE_A_MOMENT),
    "reopen": Effect(_log("reopen"), Limit.ONCE_A_MOMENT),
    "report": Effect(_changes, Limit.NEVER, "1 incident from"),
    "resolve": Effect(_log("resolve")),
    "run-workflow": Effect(_made("workflow_instances"), Limit.ONCE_A_RUN),
    "set-custom-fields": Effect(_fields_set),
    "set-priority": Effect(_log("field_value_change", about="priority")),
    "setup": Effect(_subscriptions, Limit.ONCE_A_RUN),
    "snooze": Effect(_log("snooze"), Limit.ONCE_A_RUN),
    "status-update": Effect(_made("status_updates"), Limit.ONCE_A_RUN),
    "sync": Effect(_synced),
    "sync-plan": Effect(_changes, Limit.NEVER, "Split 3 services"),
    "trigger": Effect(_incidents, apis=("events", "pagerduty")),
    "update": Effect(_log("field_value_change", about="title")),
}
# These APIs don't say whether there was one with the key, and runs seconds apart can't tell by its
# age; setup creates many things, some in each run.
MAY_CLAIM_TWICE = frozenset({"trigger", "expect", "follow", "incident-io-create", "setup"})
