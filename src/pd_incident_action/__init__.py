"""pd-incident-action: page the right people from GitHub and Port, exactly once."""
