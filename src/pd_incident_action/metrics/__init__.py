"""How incidents went: how soon they were acknowledged and resolved, and whether in time."""
