"""What the action can do with incident.io: one module for each operation, named like it."""
