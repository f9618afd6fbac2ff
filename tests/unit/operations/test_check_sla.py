"""What is said about an incident that breaches its SLA targets."""

from __future__ import annotations
