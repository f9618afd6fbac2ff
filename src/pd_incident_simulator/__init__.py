"""PagerDuty, Port and incident.io on loopback, for the demo, tests and benchmark."""

from .exchange import Exchange
from .faults import Fault
from .server import Tls
from .simulator import Simulator

__all__ = ["Exchange", "Fault", "Simulator", "Tls"]
