"""Where each input came from, for those who look for the wrong one at night."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .given import normalize_name
from .sources import Sources, gather, offers
from .validation_errors import public_name

if TYPE_CHECKING:
    from pydantic import BaseModel

_NOT_WORTH_NAMING = 4


@dataclass(frozen=True)
class InputSource:
    """Where an input's value came from.

    Attributes:
        input: its name.
        value: the text as it was given.
        where: the place, in words.
    """

    input: str
    value: str
    where: str


def trace_inputs(model: type[BaseModel], sources: Sources) -> tuple[InputSource, ...]:
    """Find out where each input of an operation came from.

    Args:
        model: the operation's request.
        sources: every place an input can come from.

    Returns:
        An origin for each input that has a value.
    """
    values = gather(model, sources)
    found = []
    for name, offered in offers(model):
        if name in values:
            names = [] if offered.hidden else [public_name(name), *offered.aliases]
            found.append(InputSource(public_name(name), values[name], _where(names, sources)))
    return tuple(found)


def _where(names: Iterable[str], sources: Sources) -> str:
    places = {
        "the step's `with:`": sources.given,
        "the workflow's inputs": sources.dispatched,
        "what was filled in in Port": {
            normalize_name(name): v for name, v in sources.properties.items()
        },
    }
    folded = [normalize_name(name) for name in names]
    for place, values in places.items():
        if any(values.get(name, "").strip() for name in folded):
            return place
    if any(name in sources.configured for name in folded):
        return "the configuration file"
    return "the entity that the Port action was run on"


def explain_source(text: str, origins: Iterable[InputSource]) -> str:
    """Say where what a text speaks of came from.

    Args:
        text: an error's sentence.
        origins: where each input came from.

    Returns:
        A sentence, or nothing where the text speaks of no input's value.
    """
    for origin in origins:
        for value in origin.value.split(","):
            wanted = value.strip()
            if len(wanted) > _NOT_WORTH_NAMING and re.search(rf"\b{re.escape(wanted)}\b", text):
                return f"{wanted} is input '{origin.input}', from {origin.where}."
    return ""
