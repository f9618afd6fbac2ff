"""Try everything that a workflow will need, and change nothing.

It reads, and signs in where reading needs that; which endpoints, the modules in `checks` say.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pd_incident_action import providers
from pd_incident_action.doctor.api_health import check_api_health
from pd_incident_action.doctor.credentials import check_credentials_present
from pd_incident_action.doctor.finding import Check, Finding, perform
from pd_incident_action.doctor.port import check_port
from pd_incident_action.inputs.fields import InputSpec, NameList
from pd_incident_action.models import Outcome, Table
from pd_incident_action.port.client import PortClient

from .base import Operation, OperationInputs

_COLUMNS = ("mark", "what", "finding", "remedy")


class Doctor(Operation):
    """Check credentials, names, on-call and the catalog, without changing anything."""

    name = "doctor"
    summary = "Check credentials, names, on-call and the catalog without changing anything"
    required_credentials = ()
    scopes = (
        "custom_fields.read",
        "escalation_policies.read",
        "incident_types.read",
        "oncalls.read",
        "priorities.read",
        "services.read",
        "users.read",
    )
    port_blueprint = "pagerdutyService"
    outputs = {
        "ok": "`true` if no check failed, otherwise `false`.",
        "problems": "Number of failed checks.",
    }

    class Inputs(OperationInputs):
        """The inputs of `doctor`."""

        service: Annotated[
            NameList | None,
            InputSpec(
                "Services to check in addition to those in the configuration file: ids or names, "
                "separated by commas.",
                example="Checkout, Payments",
                aliases=("service_id",),
                origin="service-entity",
                configurable=False,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return "Checking everything that a workflow needs, without changing anything"

    def run(self) -> Outcome:
        """Look at everything that there are credentials for.

        Returns:
            What was found; what would fail a workflow fails the step.
        """
        trial = self.context.trial
        findings = check_credentials_present(trial.settings) + perform(self._checks())
        return _outcome(findings + check_api_health(trial.request_log.attempts))

    def _checks(self) -> list[Check]:
        """List what there are credentials for; one system doesn't wait for another."""
        found = []
        for provider in providers.find_all():
            found += provider.load_doctor().checks(self.context, self.inputs.service or ())
        if self.context.find(PortClient) is not None:
            found.append(Check("Port", partial(check_port, self.context)))
        return found


def _outcome(findings: Sequence[Finding]) -> Outcome:
    fatal = [one for one in findings if one.mark == "✗"]
    doubts = [one for one in findings if one.mark == "!"]
    rows = tuple((one.mark, one.what, one.finding, one.remedy) for one in findings)
    return Outcome(
        message=_message(len(findings), len(fatal), len(doubts)),
        failures=tuple(one.error for one in fatal),
        write_entity=False,
        response={"findings": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        outputs={"ok": "false" if fatal else "true", "problems": str(len(fatal))},
        lines=tuple(one.line for one in findings),
        tables=(Table("Check-up", ("", "What", "Finding", "What to do"), rows),),
        warnings=tuple(one.sentence for one in doubts),
    )


def _message(checked: int, fatal: int, doubts: int) -> str:
    if not fatal and not doubts:
        return f"All is well: {checked} things are as they should be."
    parts = [f"{fatal} will fail" if fatal else "", f"{doubts} may surprise you" if doubts else ""]
    things = "1 thing" if checked == 1 else f"{checked} things"
    return f"Looked at {things}: {', '.join(filter(None, parts))}."
