"""After a change in git: show it in MLflow, with everything that could not be shown before."""

from __future__ import annotations

from contextlib import AbstractContextManager

from swreg.domain.duration import parse_duration
from swreg.domain.policy import MLflow
from swreg.errors import NotReady, SwregError, UsageError
from swreg.integrations import mlflow_note as note
from swreg.integrations.mlflow_mirror import SYNC, bring
from swreg.integrations.mlflow_server import Server
from swreg.integrations.mlflow_state import wanted_of
from swreg.operations.project import Project
from swreg.storage.lock import locked

_WAIT = 600.0


def setting_of(project: Project) -> MLflow:
    """The server that the call or the configuration names."""
    setting = project.mlflow or project.policy.mlflow
    if setting is None:
        raise UsageError(
            "no MLflow server is configured",
            f"write mlflow: {{tracking_uri: …}} into {project.layout.policy}, or use MLflowRegistry",
        )
    return setting


def open_server(setting: MLflow) -> Server:
    """The server of a setting, with its deadline; nothing is asked of it yet."""
    return Server(setting.tracking_uri, seconds=parse_duration(setting.timeout))


def begin(project: Project, base: str | None) -> None:
    """Note where things stand before the first change that this clone shows."""
    setting = project.mlflow or project.policy.mlflow
    if setting is not None and note.read(project, setting) is None:
        note.write(project, setting, base)


def follow(project: Project) -> list[str]:
    """Show what happened since this clone last did; lines worth a warning come back.

    One model that cannot be shown does not keep the others from it; the first error is raised
    when all had their turn, and the note stays where it was.
    """
    setting = setting_of(project)
    tip = project.tip
    if tip is None or not _on_branch(project, setting):
        return []
    server = open_server(setting)
    with lock(project):
        project.forget()
        tip = project.tip or tip
        since = note.read(project, setting) or note.Note(commit=tip)
        version = since.version or server.version()
        news = note.news(project, since.commit, tip)
        if news is None:
            what = f"the commit that MLflow shows is gone from this clone ({since.commit[:12]})"
            raise NotReady(what, SYNC)
        lines = show(project, setting, server, tip, news)
        note.write(project, setting, tip, version=version)
    return lines


def lock(project: Project) -> AbstractContextManager[None]:
    """One process of a clone at a time, so that what is shown last is what is newest."""
    return locked(project.git.common_dir / "swreg" / "mlflow.lock", wait=_WAIT)


def show(
    project: Project, setting: MLflow, server: Server, tip: str, news: note.News,
    *, whole: bool = False,
) -> list[str]:  # fmt: skip
    """Bring the models in step that something happened to."""
    registry = project.committed(tip).load(news)
    lines: list[str] = []
    errors: list[SwregError] = []
    for name, versions in sorted(news.items()):
        if not registry.homes_of(name):
            continue
        try:
            home, model = registry.single_home(name), registry.model(name)[1]
            wanted = wanted_of(project, tip, home, model)
            lines += bring(server, setting, wanted, versions, whole=whole)
        except SwregError as error:
            errors.append(error)
            if error.exit_code == 5:
                break  # the server is not there for the next one either
    if errors:
        raise errors[0]
    return lines


def _on_branch(project: Project, setting: MLflow) -> bool:
    if setting.branch is None:
        return True
    answer = project.git.run("symbolic-ref", "--quiet", "--short", "HEAD")
    return answer.text.strip() == setting.branch
