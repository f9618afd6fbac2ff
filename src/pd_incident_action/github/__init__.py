"""GitHub's REST API, as far as it says what a pipeline did."""
