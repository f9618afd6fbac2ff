"""What every operation's inputs have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """What is asked for: the inputs of one operation, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")
