"""Check everything that a workflow needs, and change nothing.

It only reads, and signs in for that; the modules of the package `doctor` are the checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Annotated

from pd_incident_action import providers
from pd_incident_action.doctor.finding import (
    Check,
    Finding,
    check_api_health,
    error,
    run_checks,
    warning,
)
from pd_incident_action.doctor.port import PORT_CREDENTIALS, check_port
from pd_incident_action.inputs.fields import InputSpec, NameList
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Outcome, Table
from pd_incident_action.port.client import PortClient
from pd_incident_action.text import counted

from .base import Operation, OperationInputs


class Doctor(Operation):
    name = "doctor"
    summary = "Check credentials, names, on-call and the catalog without changing anything"
    group = "Setting up and syncing"
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
    port_blueprint = ""
    needs_checkout = True
    outputs = {
        "ok": "`true` if no check failed, otherwise `false`.",
        "problems": "Number of failed checks.",
    }

    class Inputs(OperationInputs):
        service: Annotated[
            NameList | None,
            InputSpec(
                "Services to check in addition to those in the configuration file: ids or names, "
                "separated by commas.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                configurable=False,
            ),
        ] = None
        ping: Annotated[
            bool,
            InputSpec(
                "`true` has PagerDuty send Port's webhook a test event.",
                example="true",
            ),
        ] = False

    inputs: Inputs

    def start_message(self) -> str:
        return "Checking everything that a workflow needs, without changing anything"

    def run(self) -> Outcome:
        """Check everything that there are credentials for."""
        trial = self.context.trial
        findings = [
            *_check_credentials(trial.settings),
            *run_checks(self._checks()),
            *check_api_health(trial.request_log.attempts),
        ]
        errors = [one for one in findings if one.mark == "✗"]
        warnings = [one for one in findings if one.mark == "!"]
        rows = tuple((one.mark, one.what, one.finding, one.remedy) for one in findings)
        return Outcome(
            message=_summarize(len(findings), len(errors), len(warnings)),
            failures=tuple(one.error for one in errors),
            write_entity=False,
            response={"findings": [asdict(one) for one in findings]},
            outputs={"ok": "false" if errors else "true", "problems": str(len(errors))},
            log_lines=tuple(one.line for one in findings),
            tables=(Table("Checks", ("", "Check", "Result", "What to do"), rows),),
            warnings=tuple(str(one.error) for one in warnings),
        )

    def _checks(self) -> Iterator[Check]:
        """List the checks of each system, which don't wait for one another."""
        context = self.context
        for provider in providers.find_all():
            yield from provider.load_account().checks(context, self.inputs.service or ())
        if context.find(PortClient) is not None:
            yield Check(PORT_CREDENTIALS, partial(check_port, context, ping=self.inputs.ping))


def _check_credentials(settings: Settings) -> Iterator[Finding]:
    """Check which credentials there are; find nothing where all are."""
    ports = {
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    missing = [name for name, value in ports.items() if not value]
    if len(missing) == 1:
        finding = f"{missing[0]} is missing, so nothing is reported to Port"
        yield error(PORT_CREDENTIALS, finding, f"set {missing[0]} as well")
    every = providers.find_all()
    if any(one.can_page for one in settings.provider_settings):
        return
    if len(missing) == len(ports):
        finding = "none is set, so there is nothing to check and nobody can be paged"
        options = [f"{' or '.join(one.settings.CREDENTIALS)} for {one.title}" for one in every]
        remedy = f"set {' or '.join(options)}, and port-client-id with port-client-secret for Port"
        yield error("credentials", finding, remedy)
    else:
        names = [name for one in every for name in one.settings.CREDENTIALS]
        finding = "there are only Port's, so nobody can be paged"
        remedy = f"set {', '.join(names[:-1])} or {names[-1]} as well"
        yield warning("credentials", finding, remedy)


def _summarize(total: int, errors: int, warnings: int) -> str:
    checks = counted(total, "check")
    passed = total - errors - warnings
    if passed == total:
        return f"{checks} passed."
    parts = [f"{passed} passed", f"{errors} failed" if errors else ""]
    parts.append(counted(warnings, "warning") if warnings else "")
    return f"{checks}: {', '.join(filter(None, parts))}."
