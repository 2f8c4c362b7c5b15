"""A version goes to MLflow: a run with its facts and files first, then the version that names them.

So a version is in MLflow whole or not at all; what breaks off leaves a run that is marked FAILED.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from swreg.domain.catalog import Found
from swreg.domain.metadata import as_mapping
from swreg.domain.metadata_keys import FileFact
from swreg.domain.policy import MLflow
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, EnvironmentFault, IntegrityError, SwregError
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_server import Server, upload, uploaded
from swreg.integrations.mlflow_state import There, Wanted
from swreg.operations.evidence import facts_of_version
from swreg.operations.fetching import write_version
from swreg.operations.version_files import SIGNATURE
from swreg.storage.artifacts.payload import staging

FOLDER = "model"
"""Where a run has the files of the version."""

_KEY = re.compile(r"[^A-Za-z0-9_\-. /]")
_LONGEST_PARAM, _PARAMS, _METRICS = 500, 100, 1000


def add_version(server: Server, setting: MLflow, wanted: Wanted, version: Version) -> There:
    """Create a version with its files; where another writer was first, that one's is it."""
    found = wanted.found(version)
    with staging(wanted.project.git.common_dir / "swreg") as place:
        files = write_version(wanted.project, wanted.source, found, place)
        facts = as_mapping(facts_of_version(wanted.project, wanted.source, found).metadata)
        run = _start(server, setting, wanted, found)
        try:
            made = _fill(server, wanted, found, run, facts=facts, files=files, place=place)
        except BaseException:
            with suppress(SwregError):
                _end(server, run, "FAILED")
            raise
    _end(server, run, "FINISHED")
    return _lowest(server, wanted, found, made)


def _start(server: Server, setting: MLflow, wanted: Wanted, found: Found) -> Any:
    entry = found.entry
    about = {
        "mlflow.user": entry.registered.by,
        "mlflow.source.name": "swreg",
        tags.SEMVER: tags.semver(found.version),
        "swreg.model": wanted.name,
        "swreg.increment": entry.registered.increment,
    }
    if entry.registered.commit:
        about["mlflow.source.git.commit"] = entry.registered.commit
    experiment = experiment_id(server, setting, entry.registered.increment)
    moment = int(datetime.fromisoformat(entry.registered.at).timestamp() * 1000)
    name = f"{wanted.name} {found.version}"
    return server.call(
        "start a run",
        lambda: server.client.create_run(experiment, start_time=moment, tags=about, run_name=name),
    )


def experiment_id(server: Server, setting: MLflow, increment: str) -> str:
    """The experiment of an increment, made where there is none; of racing makers one wins."""
    name = f"{setting.experiment}/{increment}"

    def look() -> Any:
        return server.call(f"find {name}", lambda: server.client.get_experiment_by_name(name))

    found = look()
    if found is None:
        try:
            made: str = server.call(
                f"create {name}",
                lambda: server.client.create_experiment(name, tags={"swreg.increment": increment}),
            )
            return made
        except AlreadyExists:
            found = look()
    if found is None or found.lifecycle_stage != "active":
        raise EnvironmentFault(
            f"the experiment {name} was deleted in MLflow at {server.uri}",
            "restore it there, or name another one with mlflow.experiment",
        )
    known: str = found.experiment_id
    return known


def _fill(
    server: Server, wanted: Wanted, found: Found, run: Any, *,
    facts: Mapping[str, Any], files: tuple[FileFact, ...], place: Path,
) -> There:  # fmt: skip
    _log_facts(server, run.info.run_id, facts)
    there = f"{run.info.artifact_uri}/{FOLDER}"
    upload(server, there, place, size=sum(one.size for one in files))
    _require_all(server, wanted, found, uploaded(server, there), files)
    signature = next((one for one in files if one.path == SIGNATURE), None)
    own = {
        **tags.fixed_tags(found),
        **tags.lineage_tag(facts),
        **wanted.tags_of(found.version),
        **({tags.SIGNATURE_DIGEST: f"sha256:{signature.sha256}"} if signature else {}),
    }
    made = server.create_version(wanted.name, run.info.run_id, FOLDER, own)
    return There(number=int(made.version), run=run.info.run_id, tags=own)


def _require_all(
    server: Server, wanted: Wanted, found: Found,
    there: Mapping[str, int | None], files: tuple[FileFact, ...],
) -> None:  # fmt: skip
    """The server must list every file with its size; a size it does not know is taken as right."""
    for one in files:
        size = there.get(f"{FOLDER}/{one.path}", there.get(one.path, -1))
        if size not in (one.size, None):
            raise IntegrityError(
                f"MLflow at {server.uri} has {one.path} of {wanted.name} {found.version} not as "
                "it was uploaded",
                "look at its artifact store, then run: swreg registry-sync mlflow --from git",
            )


def _log_facts(server: Server, run: str, facts: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param

    given = facts.get("hyperparameters") or {}
    params = [
        Param(_KEY.sub("_", key)[:250], str(value)[:_LONGEST_PARAM])
        for key, value in (*_flat(given), *_words(facts))
    ]
    metrics = [Metric(_KEY.sub("_", key)[:250], value, 0, 0) for key, value in _numbers(facts)]
    for begin in range(0, max(len(params), 1), _PARAMS):
        chunk, figures = params[begin : begin + _PARAMS], metrics[:_METRICS] if not begin else []
        if chunk or figures:
            server.call(
                "log the facts",
                lambda: server.client.log_batch(run, metrics=figures, params=chunk),  # noqa: B023
            )


def _flat(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _words(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts that are text, beside what MLflow has a place for."""
    for key, value in facts.items():
        if isinstance(value, str) and key not in ("name", "version", "created_at"):
            yield f"facts.{key}", value


def _numbers(facts: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in {**facts, **(facts.get("metrics") or {})}.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield key, float(value)


def _end(server: Server, run: Any, status: str) -> None:
    server.call("end the run", lambda: server.client.update_run(run.info.run_id, status))


def _lowest(server: Server, wanted: Wanted, found: Found, made: There) -> There:
    """Two clones may have created one version at a time: the lower number counts, ours is void."""
    others = [
        There(number=int(one.version), run=one.run_id or "", tags=dict(one.tags))
        for one in server.versions(wanted.name, tags.semver(found.version))
    ]
    first = min((one for one in others if one.version), key=lambda one: one.number, default=made)
    if first.number >= made.number:
        return made
    server.tag_version(wanted.name, made.number, tags.VOID, "duplicate")
    require_same(wanted, found, first)
    return first


def require_same(wanted: Wanted, found: Found, there: There) -> None:
    """What MLflow has under a version's number must be said to have its files."""
    if there.tags.get(tags.DIGEST) != found.entry.artifact.digest:
        raise IntegrityError(
            f"version {there.number} of {wanted.name} in MLflow says it is {found.version}, with "
            "other files than those registered in git",
            "look who made it; swreg registry-sync mlflow --from git sets it aside",
        )


def refresh_signature(server: Server, wanted: Wanted, one: There, data: bytes) -> None:
    """A signature may be declared after registration: its file is put beside the others."""
    with staging(wanted.project.git.common_dir / "swreg") as place:
        (place / SIGNATURE).write_bytes(data)
        run = server.call("find the run", lambda: server.client.get_run(one.run))
        upload(server, f"{run.info.artifact_uri}/{FOLDER}", place, size=len(data))
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    server.tag_version(wanted.name, one.number, tags.SIGNATURE_DIGEST, digest)
