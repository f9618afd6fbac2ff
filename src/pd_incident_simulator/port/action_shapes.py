"""The shapes of actions and automations.

https://docs.port.io/api-reference/create-an-action-automation
"""

from __future__ import annotations

from .shapes import Shape

ACTION = Shape(
    {
        "identifier": str,
        "title": str,
        "icon": str,
        "description": str,
        "trigger": dict,
        "invocationMethod": dict,
        "requiredApproval": (bool, dict),
        "approvalNotification": dict,
        "publish": bool,
        "allowAnyoneToViewRuns": bool,
    },
    required=("identifier", "trigger", "invocationMethod"),
)
_FORM = {
    "type": str,
    "operation": str,
    "userInputs": dict,
    "blueprintIdentifier": str,
    "actionCardButtonText": str,
    "executeActionButtonText": str,
}
_FORM_REQUIRES = ("type", "operation", "userInputs")
TRIGGERS = {
    "CREATE": Shape(_FORM, _FORM_REQUIRES),
    "DAY-2": Shape({**_FORM, "condition": dict}, _FORM_REQUIRES),
    "DELETE": Shape({**_FORM, "condition": dict}, _FORM_REQUIRES),
}
INPUTS = Shape(
    {
        "properties": dict,
        "required": (list, dict),
        "order": list,
        "steps": list,
        "titles": dict,
    },
    required=("properties",),
)
REACTION = Shape({"type": str, "event": dict, "condition": dict}, ("type", "event"))
CONDITION = Shape({"type": str, "expressions": list, "combinator": str}, ("type", "expressions"))
_ENTITY_EVENTS = ("ENTITY_CREATED", "ENTITY_UPDATED", "ENTITY_DELETED", "ANY_ENTITY_CHANGE")
_RUN_EVENTS = ("RUN_CREATED", "RUN_UPDATED", "ANY_RUN_CHANGE")
_OF_ENTITIES = Shape({"type": str, "blueprintIdentifier": str}, ("type", "blueprintIdentifier"))
_OF_RUNS = Shape({"type": str, "actionIdentifier": str}, ("type", "actionIdentifier"))
_OF_TIMERS = Shape(
    {"type": str, "blueprintIdentifier": str, "propertyIdentifier": str},
    required=("type", "blueprintIdentifier", "propertyIdentifier"),
)
EVENTS = {
    **dict.fromkeys(_ENTITY_EVENTS, _OF_ENTITIES),
    **dict.fromkeys(_RUN_EVENTS, _OF_RUNS),
    "TIMER_PROPERTY_EXPIRED": _OF_TIMERS,
}
_FLAG = (bool, str)
INVOCATIONS = {
    "KAFKA": Shape({"type": str, "payload": (dict, list)}, ("type",)),
    "WEBHOOK": Shape(
        {
            "type": str,
            "url": str,
            "method": str,
            "headers": dict,
            "body": (dict, list),
            "agent": _FLAG,
            "synchronized": _FLAG,
        },
        required=("type", "url"),
    ),
    "GITHUB": Shape(
        {
            "type": str,
            "org": str,
            "repo": str,
            "workflow": str,
            "workflowInputs": dict,
            "reportWorkflowStatus": _FLAG,
        },
        required=("type", "org", "repo", "workflow"),
    ),
    "INTEGRATION_ACTION": Shape(
        {
            "type": str,
            "installationId": str,
            "integrationActionType": str,
            "integrationActionExecutionProperties": dict,
        },
        required=(
            "type",
            "installationId",
            "integrationActionType",
            "integrationActionExecutionProperties",
        ),
    ),
    "GITLAB": Shape(
        {
            "type": str,
            "projectName": str,
            "groupName": str,
            "defaultRef": str,
            "pipelineVariables": dict,
        },
        required=("type", "projectName", "groupName"),
    ),
    "AZURE_DEVOPS": Shape(
        {"type": str, "webhook": str, "org": str, "payload": (dict, list)},
        required=("type", "webhook", "org"),
    ),
    "UPSERT_ENTITY": Shape(
        {"type": str, "blueprintIdentifier": str, "mapping": dict},
        required=("type", "blueprintIdentifier", "mapping"),
    ),
}
