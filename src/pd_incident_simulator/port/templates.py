"""Fills in Port's templates, as Port does when it runs an action or an automation.

https://docs.port.io/actions-and-automations/create-self-service-experiences/setup-the-backend/
"""

from __future__ import annotations

import json
import re

from .webhooks import evaluate

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def filled_in(template: object, data: object) -> object:
    """Fill in a template.

    Args:
        template: a JSON value; texts in it may hold jq expressions between double braces. One that
            is all of its text gives a value of any type, others become a part of the text.
        data: what the expressions are evaluated over.

    Returns:
        The JSON value without expressions.
    """
    if isinstance(template, dict):
        return {name: filled_in(value, data) for name, value in template.items()}
    if isinstance(template, list):
        return [filled_in(value, data) for value in template]
    if not isinstance(template, str):
        return template
    whole = _EXPRESSION.fullmatch(template)
    if whole and "}}" not in whole[1]:
        return evaluate(whole[1], data)
    return _EXPRESSION.sub(lambda found: _text(evaluate(found[1], data)), template)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
