"""A double of PagerDuty, Port and incident.io on loopback, for the demo, tests and benchmark."""

from .conditions import Tls
from .exchange import Exchange
from .faults import Fault
from .simulator import Simulator

__all__ = ["Exchange", "Fault", "Simulator", "Tls"]
