"""The committed configuration, `.specweave/model-registry.yaml`, as frozen values.

One file holds approval rules, transition rules, gates, metric directions, triggers, storage,
environments and commit options. Unknown keys are errors with their key path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from swreg.domain.duration import parse_duration
from swreg.domain.quantity import NUMBER, parse_quantity
from swreg.domain.shape import require
from swreg.domain.stage import Stage
from swreg.domain.storage_address import parse_address
from swreg.errors import UsageError

_INSIDE = "a path inside the repository"


def _inside(path: str | None) -> bool:
    """Whether a path of `/` leads to something below where it starts; none does."""
    return path is None or not {"", ".", ".."}.intersection(path.split("/"))


def _names_branch(text: str) -> bool:
    """Whether a text may be a branch's short name; git has the last word."""
    return bool(text.strip()) and not text.startswith(("-", "refs/")) and text != "HEAD"


def _is_duration(text: str) -> bool:
    try:
        return parse_duration(text) > 0
    except UsageError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who must say yes before a version enters a stage.

    `approvers` are compared casefolded with the name, the e-mail or `Name <e-mail>` of a git
    identity; empty means anybody. `min_approvals` counts distinct people.
    """

    required: bool = False
    approvers: tuple[str, ...] = ()
    min_approvals: int = 1
    allow_self_approval: bool = False
    allow_on_behalf_of: bool = True
    require_signed: bool = False

    def __post_init__(self) -> None:
        distinct = {one.casefold(): one for one in self.approvers}
        object.__setattr__(self, "approvers", tuple(distinct.values()))
        if any(not one.strip() for one in self.approvers):
            raise UsageError(
                "an approver is empty", "name a person as 'Name <e-mail>' or by e-mail"
            )
        if self.min_approvals < 1:
            raise UsageError("min_approvals must be at least 1", "set required: false for none")
        if self.approvers and self.min_approvals > len(self.approvers):
            raise UsageError(
                f"min_approvals is {self.min_approvals}, but only {len(self.approvers)} "
                "distinct approvers are named",
                "name more approvers or ask for fewer approvals",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule:
    """What holds for one stage; `traffic` is the advisory share of requests in per cent."""

    approval: Approval = field(default_factory=Approval)
    traffic: int | None = None

    def __post_init__(self) -> None:
        require(self.traffic is None or 0 <= self.traffic <= 100, "traffic", "from 0 to 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """Arrows of the stage table that are closed unless the team opens them."""

    skip_staging: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricGate:
    """Bounds of one metric for a version that enters production.

    `no_worse_than_production_by` is absolute, in the metric's own unit.
    """

    minimum: float | None = None
    maximum: float | None = None
    no_worse_than_production_by: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What a version must show before it enters production.

    `model_signature` asks for a signature of the model by one of `signing.model_keys`.
    """

    metrics: Mapping[str, MetricGate] = field(default_factory=dict)
    required_files: tuple[str, ...] = ()
    required_tags: tuple[str, ...] = ()
    max_age_days: int | None = None
    ab_test: bool = False
    model_signature: bool = False
    removed_features: Literal["warn", "refuse"] = "warn"

    def __post_init__(self) -> None:
        require(self.max_age_days is None or self.max_age_days >= 0, "max_age_days", "0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Which way each metric is better, and which one decides a minor version."""

    directions: Mapping[str, Literal["higher", "lower"]] = field(default_factory=dict)
    primary: str = "accuracy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """Where the files of versions go: into git up to `max_size`, or to the store at `storage`.

    What git-lfs keeps is not counted. With `storage`, an address such as `s3://ml-models/registry`
    or `file:///srv/ml-models`, every artifact goes there, and git keeps what swreg writes about it.
    """

    max_size: str = "50MB"
    storage: str | None = None

    def __post_init__(self) -> None:
        if self.storage is not None:
            object.__setattr__(self, "storage", str(parse_address(self.storage)))
        size = parse_quantity(self.max_size)
        known = size.value is not None and size.dimension in ("size", NUMBER) and size.value >= 0
        require(known, "max_size", "a size like 50MB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A separate registry that is not a folder of this repository."""

    repository: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """How changes are committed and pushed."""

    push: Literal["never", "always"] = "never"
    remote: str = "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRule:
    """When a monitored figure of production asks for a rollback. Durations are like `24h`.

    Without `model` it holds for every model. `missing` says what a window without figures asks
    for: nothing, or an alert; it never asks for a rollback.
    """

    metric: str
    threshold: float
    model: str | None = None
    direction: Literal["above", "below"] | None = None
    window: str = "24h"
    min_samples: int | None = None
    for_: str | None = None
    cool_down: str | None = None
    aggregate: str | None = None
    hysteresis: float = 0.0
    missing: Literal["ignore", "alert"] = "ignore"
    relative_to: Literal["registration", "previous"] | None = None
    mode: Literal["rollback", "alert"] = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """Triggers, what is tracked, and where samples come from.

    `tracked` has metrics by model (`name`, or `name@staging` for another stage than production).
    `prometheus` is a server's address, `queries` PromQL by metric; under `<metric>.samples` stands
    the query that counts its samples. `samples` is the path of the embedded store, from the top of
    the repository; nothing in it is kept longer than `retention`. `branch` is the one that is
    looked at and acted on, whatever is checked out; without it, what is checked out.
    """

    triggers: tuple[TriggerRule, ...] = ()
    tracked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prometheus: str | None = None
    queries: Mapping[str, str] = field(default_factory=dict)
    samples: str | None = None
    retention: str = "90d"
    branch: str | None = None

    def __post_init__(self) -> None:
        require(_is_duration(self.retention), "retention", "a length of time like 90d")
        require(self.branch is None or _names_branch(self.branch), "branch", "a branch like main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Who hears of which events: a webhook (http, https), or an address that apprise knows.

    Without `events`: promotions, requests for approval, rollbacks, triggers that fire or are over,
    and an end of life that is near. `secret_env` names the environment variable with a webhook's
    secret; an address `env:NAME` is read from the variable NAME, so that no credential is
    committed.
    """

    url: str
    events: tuple[str, ...] = ()
    secret_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Whose signatures count, as files in the repository.

    `allowed_signers` and `revoked` are for commits and approvals; `model_keys` are PEM files of
    those who sign models: public keys, or certificates that vouch for signers.
    """

    allowed_signers: str | None = None
    revoked: str | None = None
    model_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(_inside(self.allowed_signers), "allowed_signers", _INSIDE)
        require(_inside(self.revoked), "revoked", _INSIDE)
        require(all(map(_inside, self.model_keys)), "model_keys", "paths inside the repository")


@dataclass(frozen=True, slots=True, kw_only=True)
class MLflow:
    """The MLflow server that shows the registry to those who work there. Git stays the truth.

    The runs of an increment are in the experiment `<experiment>/<increment>`. With `branch` only
    what that branch says is shown. `timeout` bounds every call. Credentials are never here: the
    client reads `MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD` or `MLFLOW_TRACKING_TOKEN`.
    """

    tracking_uri: str
    experiment: str = "specweave"
    branch: str | None = None
    timeout: str = "20s"

    def __post_init__(self) -> None:
        scheme, _, rest = self.tracking_uri.partition("://")
        known = scheme in ("http", "https") and bool(rest)
        require(known, "tracking_uri", "an address like http://mlflow.example.org:5000")
        without = "@" not in rest.partition("/")[0]
        require(without, "tracking_uri", "an address without credentials")
        require(bool(self.experiment.strip("/ ")), "experiment", "the beginning of a name")
        require(_is_duration(self.timeout), "timeout", "a length of time like 20s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole configuration; every part has a default, so an empty file is a valid one."""

    schema: int = 1
    stages: Mapping[Stage, StageRule] = field(default_factory=dict)
    transitions: Transitions = field(default_factory=Transitions)
    gates: Gates = field(default_factory=Gates)
    metrics: Metrics = field(default_factory=Metrics)
    artifacts: Artifacts = field(default_factory=Artifacts)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    commit: Commit = field(default_factory=Commit)
    monitoring: Monitoring = field(default_factory=Monitoring)
    notifications: tuple[Notification, ...] = ()
    signing: Signing = field(default_factory=Signing)
    mlflow: MLflow | None = None

    def rule(self, stage: Stage) -> StageRule:
        """What holds for a stage."""
        return self.stages.get(stage, StageRule())

    def traffic(self, stage: Stage) -> int | None:
        """The advisory traffic of a stage: what the team says, else 10 in staging, 100 in production."""
        given = self.rule(stage).traffic
        return given if given is not None else _TRAFFIC.get(stage)

    def with_approval(self, stage: Stage, approval: Approval) -> Policy:
        rule = replace(self.rule(stage), approval=approval)
        return replace(self, stages={**self.stages, stage: rule})


_TRAFFIC = {Stage.STAGING: 10, Stage.PRODUCTION: 100}
