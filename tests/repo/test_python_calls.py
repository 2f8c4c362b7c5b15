"""What a Python caller may get wrong: a typed error that says what to write, and no change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swreg import (
    ModelRegistry,
    ModelVersion,
    NotFound,
    PolicyRefused,
    UsageError,
    track_experiment,
)
from tests.conftest import Repo

Call = Callable[[Any], object]


@pytest.fixture(scope="module")
def registry(repo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A registry with `churn` v1.0.0 for wrong calls, which change nothing: one is enough."""
    found: Any = ModelRegistry(path=copied(repo_once, tmp_path_factory.mktemp("calls") / "repo"))
    found.register_model("churn", {"weights": [1.0]}, "v1.0.0")
    return found


def copied(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target, symlinks=True))


WRONG: dict[str, tuple[str, Call]] = {
    "approvers": (
        "approvers must be a list",
        lambda one: one.set_approval_required("production", approvers="grace@example.org"),
    ),
    "an approver": (
        "each of approvers must be text",
        lambda one: one.set_approval_required("production", approvers=[5]),
    ),
    "min_approvals": (
        "min_approvals must be a whole number",
        lambda one: one.set_approval_required(approvers=["g"], min_approvals="1"),
    ),
    "tags": ("tags must be a list", lambda one: one.register_model("b", {}, tags="vip")),
    "add": ("add must be a list", lambda one: one.tag_model("churn", "v1", add="vip")),
    "remove": ("remove must be a list", lambda one: one.tag_model("churn", "v1", remove="vip")),
    "metadata": (
        "metadata must be a mapping",
        lambda one: one.register_model("b", {}, metadata=["a"]),
    ),
    "metadata key": (
        "each name in metadata must be text",
        lambda one: one.register_model("b", {}, metadata={1: 2}),
    ),
    "metadata of the next": (
        "metadata must be a mapping",
        lambda one: one.version_model("churn", metadata="a"),
    ),
    "no features": (
        "metadata.features is an empty list",
        lambda one: one.register_model("b", {}, metadata={"features": []}),
    ),
    "signature": (
        "signature must be a mapping",
        lambda one: one.register_model("b", {}, signature="x"),
    ),
    "signature part": (
        "signature: 'input' is no part",
        lambda one: one.register_model("b", {}, signature={"input": {}}),
    ),
    "signature inputs": (
        r"signature\['inputs'\] must be a mapping",
        lambda one: one.register_model("b", {}, signature={"inputs": ["a"], "outputs": {"y": "f"}}),
    ),
    "inputs": (
        "inputs must be a mapping",
        lambda one: one.set_model_signature("churn", ["a"], {"y": "float"}),
    ),
    "a number as name": ("name must be text", lambda one: one.register_model(5, {})),
    "no name": ("name must be text", lambda one: one.register_model(None, {})),
    "promote none": ("name must be text", lambda one: one.promote_model(None)),
    "promote a number": ("name must be text", lambda one: one.promote_model(5, "v1")),
    "rollback none": ("name must be text", lambda one: one.rollback(None, reason="why")),
    "rollback_to none": ("version must be text", lambda one: one.rollback_to(None)),
    "get none": ("name must be text", lambda one: one.get_version(None)),
    "compare": ("model must be text", lambda one: one.compare_models("churn", None)),
    "copy": ("model must be text", lambda one: one.promote_to(None, "staging")),
    "copy to none": ("target_env must be text", lambda one: one.promote_to("churn", None)),
    "stage": ("stage must be text", lambda one: one.promote_model("churn", to_stage=None)),
    "date": ("which day", lambda one: one.get_model_by_date("churn", None)),
    "end of life": (
        "5 is no date",
        lambda one: one.deprecate_model("churn", "v1", "old", end_of_life=5),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_a_typed_error_and_changes_nothing(registry: Any, case: str) -> None:
    says, call = WRONG[case]
    repo = Repo(registry.path)
    before = repo.head
    with pytest.raises(UsageError, match=says):
        call(registry)
    assert repo.head == before


def test_the_short_rollback_of_a_version_needs_no_reason(repo: Repo) -> None:
    registry = ModelRegistry(path=repo.path)
    registry.register_model("churn", {"weights": [1.0]}, "v1.0.0")
    registry.promote_model("churn", "v1.0.0", to_stage="staging")
    registry.promote_model("churn", "v1.0.0")
    registry.register_model("churn", {"weights": [2.0]}, "v1.1.0")
    registry.promote_model("churn", "v1.1.0", to_stage="staging")
    registry.promote_model("churn", "v1.1.0")
    back = ModelVersion.rollback("0042-v1", path=repo.path)
    assert (back.version, back.stage) == ("v1.0.0", "production")


def test_an_increment_that_there_is_not_is_refused_at_once(repo: Repo) -> None:
    with pytest.raises(NotFound, match="9999"):
        ModelRegistry(increment="9999", path=repo.path)


def test_speaking_for_others_can_be_refused(repo: Repo) -> None:
    registry = ModelRegistry(path=repo.path)
    registry.set_approval_required("staging", ["grace@example.org"], allow_on_behalf_of=False)
    registry.register_model("churn", {"weights": [1.0]}, "v1.0.0")
    with pytest.raises(PolicyRefused, match="on behalf of others are not allowed"):
        registry.approve_model("churn", "v1", approver="grace@example.org", stage="staging")


def test_a_signature_of_other_names_is_remarked_and_kept(repo: Repo) -> None:
    registry = ModelRegistry(path=repo.path)
    with pytest.warns(UserWarning, match="no input of the signature"):
        registry.register_model(
            "churn",
            {"weights": [1.0]},
            metadata={"features": ["q", "w"]},
            signature={"inputs": {"z": "float"}, "outputs": {"y": "float"}},
        )


def test_experiments_that_only_case_tells_apart_are_refused(repo: Repo) -> None:
    with track_experiment("baseline", path=repo.path):
        pass
    with (
        pytest.raises(UsageError, match="differs only by case"),
        track_experiment("Baseline", path=repo.path),
    ):
        pass
