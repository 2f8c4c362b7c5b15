"""`registry-check`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Listing
from swreg.cli.output import Block, Shown
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.checking import CheckReport
    from swreg.operations.outcome import Outcome

FORMATS = ("text", "github", "sarif")


def command(
    shared: Listing,
    staged: Annotated[bool, Option("--staged", help="Only what is staged, as in a hook.")] = False,
    commit_range: Annotated[
        str | None,
        Option("--range", metavar="BASE..HEAD", help="Only these commits, by BASE's policy."),
    ] = None,
    stores: Annotated[
        bool, Option("--stores", help="Ask the stores whether they have the files, too.")
    ] = False,
    form: Annotated[
        str, Option("--format", metavar="FORMAT", help="text, github or sarif.")
    ] = "text",
    mlflow: Annotated[
        bool, Option("--mlflow", help="Hold the configured MLflow server against git as well.")
    ] = False,
) -> Shown:
    """Exits 4 where history, catalogs and policy disagree; without options all of it is checked."""
    chosen = words.choice(form, FORMATS, kind="format")
    if chosen != "text" and shared.fields is not None:
        raise UsageError(f"{chosen} has fields of its own", "leave --fields out, or use --json")
    shared.refuse_env("registry-check")
    from swreg.operations.checking import check

    # git tells its hooks by this variable which index the commit under way is made of.
    index = os.environ.get("GIT_INDEX_FILE") if staged else None
    outcome = check(
        shared.project(),
        staged=staged,
        commit_range=commit_range,
        index_file=index,
        at=shared.at,
        stores=stores,
    )
    if mlflow:
        outcome = _with_mlflow(shared, outcome)
    if chosen == "text":
        count = len(outcome.data.findings)
        return shared.shown(outcome, lambda report: _text(report, count), rows=("findings",))
    return Shown(outcome, _for_programs(outcome.data, chosen))


def _with_mlflow(shared: Listing, outcome: Outcome[CheckReport]) -> Outcome[CheckReport]:
    """The outcome with what MLflow says otherwise."""
    from dataclasses import replace

    from swreg.domain.finding import failing
    from swreg.integrations.mlflow_drift import findings
    from swreg.integrations.mlflow_follow import open_server, setting_of
    from swreg.operations.checking import FINDINGS

    project = shared.project()
    setting = setting_of(project)
    found = findings(project, setting, open_server(setting), shared.at)
    report = replace(outcome.data, findings=(*outcome.data.findings, *found))
    code = FINDINGS if failing(report.findings) else outcome.exit_code
    return replace(outcome, data=report, exit_code=code)


def _for_programs(report: CheckReport, form: str) -> Iterator[Block]:
    from swreg.domain import finding_text

    if form == "sarif":
        from swreg import __version__

        yield json.dumps(finding_text.sarif(report.findings, version=__version__), indent=2)
    elif report.findings:
        yield finding_text.github(report.findings)


def _text(report: CheckReport, count: int) -> Iterator[Block]:
    from swreg.domain.finding_text import text

    if report.findings:
        yield text(report.findings)
    what = "nothing found" if not count else f"{count} finding{'s' if count > 1 else ''}"
    yield f"{what} in {report.checked} ({report.commits} commits judged)"
