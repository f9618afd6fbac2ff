"""GitHub's REST API, as far as it shows pipelines."""
