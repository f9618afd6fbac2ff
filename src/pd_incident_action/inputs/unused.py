"""Inputs that were given and that the operation doesn't use, with the name they probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pydantic import BaseModel

from pd_incident_action.text import nearest, shorten

from .fields import InputSpec
from .sources import CONTEXT_INPUTS, OLDER_CONTEXT, Sources, folded_names
from .values import normalize_name

_MAX_CHARACTERS = 50
_MAX_USERS = 3
# Shorter values are a part of any other.
_MIN_LENGTH = 5
# A name that is only a little like another one means something else.
_SIMILARITY = 0.7


class UnusedInputs:
    """Finds the inputs that were given and that the operation doesn't use."""

    def __init__(
        self,
        sources: Sources,
        operation: str,
        models: Sequence[type[BaseModel]],
        find_users: Callable[[str], list[str]],
    ) -> None:
        self._sources = sources
        self._operation = operation
        self._find_users = find_users
        self._specs = {k: v for model in models for k, v in folded_names(model).items()}

    def describe(self) -> Iterator[str]:
        """Yield a sentence about each of them."""
        contexts = {normalize_name(name) for name in CONTEXT_INPUTS}
        for name in self._sources.declared_inputs:
            folded = normalize_name(name)
            public, spec = self._specs.get(folded, ("", InputSpec("")))
            if not public and folded not in contexts:
                yield self._unknown(name, folded, "")
            elif spec.trusted and name not in map(str.lower, (public, *spec.other_names)):
                yield f"Input '{name}' is not used: under `with:` it must be written '{public}'."
        form = {**self._sources.port_inputs, **self._sources.dispatch_inputs}
        for folded, text in form.items():
            if folded in {*contexts, OLDER_CONTEXT}:
                continue
            name = shorten(self._sources.form_names[folded], _MAX_CHARACTERS)
            public, spec = self._specs.get(folded, ("", InputSpec("")))
            if not public and not self._is_passed_on(text):
                yield self._unknown(name, folded, " of the workflow's form")
            elif spec.with_only and not self._sources.locate([public, *spec.other_names], spec)[0]:
                yield (
                    f"Input '{name}' of the workflow's form is not used: it only counts under "
                    f"`with:`, as '{public}'."
                )

    def _is_passed_on(self, text: str) -> bool:
        """Return whether the step itself gives an input of another name this value."""
        return any(
            text == given or (len(text) >= _MIN_LENGTH and text in given)
            for given in self._sources.with_inputs.values()
        )

    def _unknown(self, name: str, folded: str, where: str) -> str:
        sentence = f"Input '{name}'{where} is not used: {self._operation} has no such input"
        users = self._find_users(folded)
        if users:
            more = f" and {len(users) - _MAX_USERS} more" if len(users) > _MAX_USERS else ""
            return f"{sentence}, which belongs to {', '.join(users[:_MAX_USERS])}{more}."
        near = nearest(folded, self._specs, _SIMILARITY)
        return f"{sentence}. Did you mean '{self._specs[near][0]}'?" if near else f"{sentence}."
