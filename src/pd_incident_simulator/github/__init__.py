"""GitHub's REST API and the repository behind it."""

from .api import GitHubApi
from .state import GitHubState

__all__ = ["GitHubApi", "GitHubState"]
