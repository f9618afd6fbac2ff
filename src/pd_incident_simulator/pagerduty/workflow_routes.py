"""Endpoints about incident workflows."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .abilities import require
from .base import PagerDutyRoutes, member, page
from .things import invalid, missing, reference


class WorkflowRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incident Workflows."""

    @route("GET", "/incident_workflows")
    def list_workflows(self, request: Request) -> Reply:
        """List workflows whose name holds the query."""
        require(self.state, "incident_workflows")
        query = request.first("query").lower()
        workflows = self.state.incident_workflows.values()
        found = [workflow for workflow in workflows if query in workflow["name"].lower()]
        return page(request, "incident_workflows", found)

    @route("POST", "/incident_workflows/{id}/instances")
    def start_workflow(self, request: Request) -> Reply:
        """Start a workflow on an incident; nobody needs to be named for that."""
        require(self.state, "incident_workflows")
        if request.parameters["id"] not in self.state.incident_workflows:
            raise missing()
        wanted = member(request, "incident_workflow_instance")
        about = wanted.get("incident")
        if not isinstance(about, dict) or not about.get("id"):
            raise invalid("Incident cannot be empty.")
        incident = self.incident(str(about["id"]))
        instance = {
            "id": wanted.get("id") or self.state.next_id("PWFI"),
            "type": "incident_workflow_instance",
            "incident": reference(incident),
        }
        workflow = reference(self.state.incident_workflows[request.parameters["id"]])
        self.state.workflow_instances.append({**instance, "incident_workflow": workflow})
        return Reply(201, {"incident_workflow_instance": instance})
