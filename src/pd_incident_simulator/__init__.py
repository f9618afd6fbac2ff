"""A double of PagerDuty, its Events API and Port on loopback, for the demo, tests and benchmark."""

from .conditions import Tls
from .exchange import Exchange
from .faults import Fault
from .simulator import Simulator

__all__ = ["Exchange", "Fault", "Simulator", "Tls"]
