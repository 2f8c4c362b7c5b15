"""Look at everything a registry stands on, say what is wrong, and mend what can be mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from swreg.errors import SwregError
from swreg.operations.checkup import files, machine, state, telling
from swreg.operations.checkup.finding import Finding
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project

Look = Callable[[Project], Finding | None]
Mend = Callable[[Project], None]


@dataclass(frozen=True, slots=True)
class Question:
    """One check: its id, what holds when all is well, how to look, and how to mend."""

    id: str
    sentence: str
    look: Look
    mend: Mend | None = None


CHECKS = (
    Question("SWR901", "git is 2.36 or newer", machine.git_version),
    Question("SWR902", "Python is 3.11 or newer", machine.python_version),
    Question("SWR903", "git knows who commits", machine.identity),
    Question("SWR904", "there is a SpecWeave layout", files.layout),
    Question("SWR905", "a branch with a whole history is checked out", state.head),
    Question("SWR906", "no write was interrupted", state.journal, state.mend_journal),
    Question("SWR907", "nothing is left over", state.leftovers, state.mend_leftovers),
    Question(
        "SWR908", "commit hooks let commits through", machine.stock_hooks, machine.mend_stock_hooks
    ),
    Question("SWR909", "the configuration can be read", files.policy),
    Question("SWR910", "the catalogs are whole and not edited by hand", files.catalogs),
    Question("SWR911", "git attributes are set", files.attributes, files.mend_attributes),
    Question("SWR912", "catalogs are merged by meaning", files.merge_driver,
             files.mend_merge_driver),
    Question("SWR913", "filters of model files are installed", files.filters),
    Question("SWR914", "no .gitignore leaves out models", files.ignored),
    Question("SWR915", "the remote has every change", state.remote),
    Question("SWR916", "`from specweave import` means swreg", machine.shim),
    Question("SWR917", "everybody was told of changes", telling.delivered, telling.resend),
    Question("SWR918", "every model stands in one catalog, with folders of its own", files.names),
    Question("SWR919", "SpecWeave's skills know of the registry", files.remembered,
             files.mend_remembered),
)  # fmt: skip
"""Every check, in the order it is made: what a repair needs is repaired before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What came of one check. `finding` is what is wrong, or was before it was mended; `fix` what to do."""

    id: str
    sentence: str
    state: Literal["ok", "note", "finding", "fixed"]
    finding: str = ""
    fix: str = ""


def doctor(project: Project, *, fix: bool = False) -> Outcome[tuple[Check, ...]]:
    """Make every check; with `fix` mend what can be mended. Exit code 4 while findings remain."""
    checks = tuple(_make(question, project, fix) for question in CHECKS)
    found = any(check.state == "finding" for check in checks)
    return Outcome(command="doctor", data=checks, exit_code=4 if found else 0)


def _make(question: Question, project: Project, fix: bool) -> Check:
    finding = _look(question, project)
    state: Literal["ok", "note", "finding", "fixed"] = "ok"
    if finding is not None:
        state = "note" if finding.note else "finding"
    if finding is not None and not finding.note and fix and question.mend is not None:
        left = _mend(question, question.mend, project)
        state, finding = ("fixed", finding) if left is None else ("finding", left)
    return Check(
        id=question.id,
        sentence=question.sentence,
        state=state,
        finding=finding.what if finding else "",
        fix=finding.fix if finding and state != "fixed" else "",
    )


def _mend(question: Question, mend: Mend, project: Project) -> Finding | None:
    """What is still wrong after mending."""
    try:
        mend(project)
    except SwregError as error:
        return Finding(f"could not be mended: {error.what}", error.hint)
    return _look(question, project)


def _look(question: Question, project: Project) -> Finding | None:
    """A check that cannot be made is a finding of its own."""
    try:
        # Opened anew, because an earlier repair may have committed.
        return question.look(Project(project.git, project.layout))
    except SwregError as error:
        return Finding(error.what, error.hint)
