"""Other systems that show what the registry says: after a change each is brought in step.

They stand above the operations, so that the table names them as text, and nothing of them is
imported where none is configured.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from swreg.errors import FollowUpIncomplete, SwregError

if TYPE_CHECKING:
    from swreg.domain.policy import Policy
    from swreg.operations.outcome import Outcome
    from swreg.operations.project import Project

T = TypeVar("T")

FOLLOWERS = {"mlflow": "swreg.integrations.mlflow_follow"}
"""By the key of the configuration: the module with `begin(project, base)` and `follow(project)`."""


def begin(project: Project, policy: Policy, base: str | None) -> None:
    """Before a commit: note what was there, so that a follower that fails is caught up later."""
    for module in _configured(project, policy):
        module.begin(project, base)


def follow(project: Project, outcome: Outcome[T]) -> Outcome[T]:
    """After a commit: bring the followers in step; one that fails becomes the outcome's refusal.

    The change stands, and the next change finishes what this one could not.
    """
    for module in _configured(project, project.policy):
        try:
            outcome = replace(outcome, warnings=(*outcome.warnings, *module.follow(project)))
        except SwregError as error:
            outcome = _incomplete(outcome, error)
    return outcome


def _configured(project: Project, policy: Policy) -> list[Any]:
    named = {"mlflow": project.mlflow or policy.mlflow}
    return [import_module(FOLLOWERS[name]) for name, setting in named.items() if setting]


def _incomplete(outcome: Outcome[T], error: SwregError) -> Outcome[T]:
    what = f"committed, and MLflow is not in step: {error.what}"
    hint = error.hint or "the next change brings it in step"
    if outcome.refusal is not None:
        return replace(outcome, warnings=(*outcome.warnings, f"{what}; {hint}"))
    refusal = FollowUpIncomplete(what, hint, outcome.commit)
    return replace(outcome, refusal=refusal, exit_code=refusal.exit_code)
