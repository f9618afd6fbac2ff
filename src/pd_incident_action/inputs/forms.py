"""Reads what stands under ``with:``, the workflow's form, and Port's context.

The form, which GitHub sends in the workflow_dispatch event, may have been made for something else:
for a deployment, whose ``dry_run`` and ``service`` mean nothing to the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from pd_incident_action.errors import InputProblem

from . import port_context
from .fields import InputSpec
from .given import as_texts, normalize_name, read_given
from .port_context import PortContext
from .sources import Sources, input_names, input_specs

CONTEXT_INPUTS = {
    "port-context": InputSpec(
        "Port's action context as JSON, in any of the forms that Port's guides use. Only needed "
        "if the workflow has no dispatch input of this name.",
        example='{"entity": "PABC123", "run_id": "r_AbC123"}',
    ),
    "port-payload": InputSpec(
        "Older form of `port-context`: Port's whole payload as JSON.",
        example='{"context": {"entity": "PABC123", "runId": "r_AbC123"}}',
    ),
}
"""Inputs that describe a click in Port; every other input may take its value from them."""

OLDER_CONTEXT = "payload"
"""The form's input in which Port's older guide for events passes an object of fields."""


def read_step(environment: Mapping[str, str]) -> Sources:
    """Read what stands under the step's ``with:``."""
    given = read_given(environment)
    return Sources(as_texts(given), given)


def add_form(
    step: Sources, form: Mapping[str, Any], model: type[BaseModel]
) -> tuple[Sources, list[InputProblem]]:
    """Add the workflow's form, unless it was made for something else, and Port's context.

    Args:
        step: what stands under the step's ``with:``.
        form: the inputs of the workflow_dispatch event.
        model: the operation's inputs.

    Returns:
        The sources, and problems with a Port context that can't be read.
    """
    if not _is_ours(step, form, model):
        step, form = replace(step, foreign_names=tuple(form)), {}
    sources = replace(step, dispatch_inputs=as_texts(form))
    context, problems = _read_context(sources)
    payload = port_context.as_object(form.get(OLDER_CONTEXT))
    filled_in = {**payload, **context.properties}
    return replace(
        sources,
        port_inputs=as_texts(filled_in),
        form_names={normalize_name(name): name for name in (*filled_in, *form)},
        context=context,
    ), problems


def _is_ours(step: Sources, form: Mapping[str, Any], model: type[BaseModel]) -> bool:
    """Return whether a form was made for the action: what it is for, or Port's context, is in it.

    The context may also have another name there, by which the step passes it on.
    """
    contexts = {normalize_name(name) for name in CONTEXT_INPUTS}
    values = as_texts(form)
    passed_on = {step.with_inputs[name] for name in contexts & step.with_inputs.keys()}
    if contexts & set(map(normalize_name, form)) or passed_on & set(values.values()):
        return True
    specs = [(name, spec) for name, _, spec in input_specs(model) if spec.main]
    main = {normalize_name(name) for _, spec in specs for name in spec.main}
    if main & as_texts(port_context.as_object(form.get(OLDER_CONTEXT))).keys():
        return True
    is_given = any(step.find(input_names(name, spec)) for name, spec in specs)
    return bool(main & values.keys()) and not is_given


def _read_context(sources: Sources) -> tuple[PortContext, list[InputProblem]]:
    context, problems = PortContext(), []
    for name, spec in CONTEXT_INPUTS.items():
        text = sources.find([name])
        if text is None:
            continue
        try:
            context = port_context.merge(context, port_context.read(port_context.parse(text)))
        except ValueError as error:
            problems.append(InputProblem(name, str(error), spec.example))
    return context, problems
