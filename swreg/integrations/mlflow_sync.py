"""Put MLflow and git in step, in the direction that somebody names.

From git: MLflow shows what git says. From MLflow: what somebody did there happens in git, each as
a change like any other, judged by the policy; what the policy or the stages do not allow is left
and told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import FactError, SwregError
from swreg.integrations import mlflow_note as note
from swreg.integrations.mlflow_drift import UNKNOWN, Drift, drifts
from swreg.integrations.mlflow_follow import lock, open_server, setting_of, show
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.retire import archive
from swreg.operations.rollback import rollback
from swreg.operations.target import WriteOptions

Direction = Literal["git", "mlflow"]
DIRECTIONS: tuple[Direction, ...] = ("git", "mlflow")
REASON = "taken over from MLflow"
_LEFT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One disagreement, and what came of it: `done`, `waits` for approval, or `left` with why."""

    drift: Drift
    result: str
    why: str = ""
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What was put in step, in which direction, on which server."""

    server: str
    direction: str
    steps: tuple[Step, ...]


def sync(
    project: Project,
    *,
    direction: Direction,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[Synced]:
    """Put everything in step; the exit code is 4 where something had to be left.

    `reason` goes into the records of what is taken over from MLflow.

    Raises `EnvironmentFault` where the server cannot be reached, and then nothing has changed.
    """
    setting = setting_of(project)
    server = open_server(setting)
    version = server.version()
    project.require_layout()
    tip = project.tip
    found = list(drifts(project, server, tip))
    warnings: list[str] = []
    if options.dry_run:
        steps = [
            Step(drift=one, result="would be done") for one in found if one.kind not in UNKNOWN
        ]
    elif direction == "git":
        with lock(project):
            names = {one.model for one in found if one.kind not in UNKNOWN}
            if tip is not None:
                news: note.News = dict.fromkeys(names)
                warnings = show(project, setting, server, tip, news, whole=True)
                note.write(project, setting, tip, version=version)
        steps = [Step(drift=one, result="done") for one in found if one.kind not in UNKNOWN]
    else:
        steps = [_take(project, one, reason or REASON, options) for one in _in_order(found)]
    data = Synced(server=setting.tracking_uri, direction=direction, steps=tuple(steps))
    code = _LEFT if any(one.result == "left" for one in steps) else 0
    outcome = read_outcome("registry-sync", data, *warnings, exit_code=code)
    commits = [one.commit for one in steps if one.commit]
    return replace(outcome, commit=commits[-1] if commits else None, dry_run=options.dry_run)


def _in_order(found: list[Drift]) -> list[Drift]:
    """Staging before production: a version goes there by way of it."""
    order = {"staging": 0, "production": 1}
    wanted = [one for one in found if one.kind not in UNKNOWN]
    return sorted(wanted, key=lambda one: order.get(one.alias, 2))


def _take(project: Project, one: Drift, reason: str, options: WriteOptions) -> Step:
    """Let happen in git what somebody did in MLflow."""
    fresh = Project(project.git, project.layout)
    fresh.mlflow = project.mlflow
    try:
        outcome = _happen(fresh, one, reason, options)
    except SwregError as error:
        return Step(drift=one, result="left", why=error.what)
    if outcome.refusal is not None and outcome.refusal.exit_code == 3:
        return Step(drift=one, result="waits", why=outcome.refusal.what, commit=outcome.commit)
    why = outcome.refusal.what if outcome.refusal is not None else ""
    return Step(drift=one, result="done", why=why, commit=outcome.commit)


def _happen(project: Project, one: Drift, reason: str, options: WriteOptions) -> Outcome[Any]:
    if one.kind == "alias" and one.alias != "dev":
        return _alias(project, one, reason, options)
    if one.kind == "version" and one.version is not None:
        reference = _reference(one, one.version)
        reason = f"{reason}: the version was deleted there"
        return archive(project, reference, reason=reason, force=False, options=options)
    raise FactError(f"{one.what}: git keeps what it says", "run with --from git")


def _alias(project: Project, one: Drift, reason: str, options: WriteOptions) -> Outcome[Any]:
    if one.stands is None and one.number is not None:
        raise FactError(f"{one.what}: only what git has can be live", "register it first")
    if one.stands is None and one.alias == "production":
        raise FactError("production is not left empty", "use registry-archive with --force")
    if one.stands is None and one.version is not None:
        back = _reference(one, one.version)
        return promote(project, back, to=Stage.DEV, reason=reason, options=options)
    assert one.stands is not None
    to, reference = Stage(one.alias), _reference(one, one.stands)
    if to is Stage.PRODUCTION and project.find(reference).stage is Stage.ARCHIVED:
        name = parse_reference(one.model)
        return rollback(project, name, to=one.stands, reason=reason, options=options)
    return promote(project, reference, to=to, reason=reason, options=options)


def _reference(one: Drift, version: Version) -> Reference:
    return parse_reference(one.model, str(version))
