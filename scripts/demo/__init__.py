"""An incident's life, played against the simulator."""
