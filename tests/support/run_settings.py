"""Settings as a run has them: those of all providers together."""

from __future__ import annotations

from typing import Any

from pd_incident_action import providers
from pd_incident_action.inputs.settings import Settings


def settings_of(**fields: Any) -> Settings:  # noqa: ANN401 - fields of any of the models
    """Build settings from fields of `Settings` and of providers' settings."""
    models = [provider.settings for provider in providers.find_all()]
    own = [{name: fields.pop(name) for name in {*fields} & {*m.model_fields}} for m in models]
    parts = tuple(m.model_validate(values) for m, values in zip(models, own, strict=True))
    return Settings.model_validate({**fields, "provider_settings": parts})
