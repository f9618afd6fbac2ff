"""GitHub's objects, as its REST API shows them.

https://docs.github.com/en/rest
"""

from __future__ import annotations

from pd_incident_action.http.api_model import ApiModel, Flag, Items, Text, WholeNumber, nested

FAILED = frozenset({"failure", "timed_out", "startup_failure"})
"""Conclusions that mean that something is broken."""


class Account(ApiModel):
    """A user, or an app."""

    login: Text = ""


class WorkflowRun(ApiModel):
    """A run of a workflow, in its latest attempt."""

    id: WholeNumber = None
    run_number: WholeNumber = None
    run_attempt: WholeNumber = None
    status: Text = ""
    conclusion: Text = ""
    head_sha: Text = ""
    html_url: Text = ""
    updated_at: Text = ""


class Step(ApiModel):
    """A step of a job."""

    name: Text = ""
    conclusion: Text = ""


class Job(ApiModel):
    """A job of a run; its id is also that of its check run."""

    id: WholeNumber = None
    name: Text = ""
    html_url: Text = ""
    conclusion: Text = ""
    steps: Items[Step] = ()

    @property
    def failed_steps(self) -> tuple[str, ...]:
        """Names of the steps that failed; while the job runs, of those so far."""
        return tuple(one.name for one in self.steps if one.conclusion in FAILED)

    @property
    def has_failed(self) -> bool:
        """Whether it failed, or is about to."""
        return self.conclusion in FAILED or (not self.conclusion and bool(self.failed_steps))


class Annotation(ApiModel):
    """What a job says about a line, or about itself."""

    annotation_level: Text = ""
    message: Text = ""


class Signature(ApiModel):
    """Who wrote a commit, as Git has it."""

    name: Text = ""
    email: Text = ""


class Verification(ApiModel):
    """Whether GitHub verified a commit's signature, and with it the e-mail address."""

    verified: Flag = False


class GitCommit(ApiModel):
    """A commit as Git has it."""

    message: Text = ""
    author: Signature = nested()
    verification: Verification = nested()


class Commit(ApiModel):
    """A commit."""

    sha: Text = ""
    html_url: Text = ""
    author: Account = nested()
    commit: GitCommit = nested()

    @property
    def author_name(self) -> str:
        """The author's login, else the name in the commit."""
        return self.author.login or self.commit.author.name

    @property
    def title(self) -> str:
        """The first line of its message."""
        return self.commit.message.partition("\n")[0]


class Comparison(ApiModel):
    """What a commit has that another lacks: the commits, oldest first."""

    total_commits: WholeNumber = None
    commits: Items[Commit] = ()


class Pull(ApiModel):
    """A pull request."""

    number: WholeNumber = None
    title: Text = ""
    html_url: Text = ""
    user: Account = nested()


class Deployment(ApiModel):
    """A deployment to an environment."""

    id: WholeNumber = None
    sha: Text = ""


class DeploymentStatus(ApiModel):
    """A status of a deployment."""

    state: Text = ""
