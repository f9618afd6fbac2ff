"""Who is told what: Port's run log and catalog, GitHub's outputs and job summary."""
