"""What `registry-check` can say: the table of its checks, and one finding of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule about registry and history together. Errors fail the check, warnings are shown."""

    id: str
    sentence: str
    fix: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a rule does not hold.

    `path` is from the top of the repository, `line` counts from 1 where the place is a line.
    `commit` is the one that brought it, empty for what is staged or holds of the whole state.
    """

    id: str
    path: str
    what: str
    fix: str
    severity: Severity = "error"
    line: int | None = None
    model: str = ""
    version: str = ""
    commit: str = ""


CHECKS: tuple[Check, ...] = (
    Check(
        id="SWR201",
        sentence="Every change of a catalog is told by a record in the same commit.",
        fix="take the edit back and make the change with swreg",
    ),
    Check(
        id="SWR202",
        sentence="A record tells what was possible in the state it found.",
        fix="take the commit back and make the change with swreg",
    ),
    Check(
        id="SWR203",
        sentence="A promotion passes the gates of the policy in force before the change.",
        fix="meet the gate, or take the promotion back",
    ),
    Check(
        id="SWR204",
        sentence="Every record is whole: nothing in it was edited or cut.",
        fix="restore the commit message as swreg wrote it",
    ),
    Check(
        id="SWR205",
        sentence="An approval is committed by the approver, or bears the approver's signature.",
        fix="the approver runs swreg registry-approve, with --sign to outlive squash and rebase",
    ),
    Check(
        id="SWR206",
        sentence="Commit message and history file tell the same events.",
        fix="keep swreg's records in the commit message (also when squashing), one line for each; "
        "of a merge that was decided, swreg resolve brings them back",
    ),
    Check(
        id="SWR207",
        sentence="Lines of the history file stay as they were appended.",
        fix="restore the history file from git; nothing in it is ever rewritten",
    ),
    Check(
        id="SWR208",
        sentence="The history file, replayed, gives the catalog.",
        fix="restore catalog and history from the last good commit: swreg registry-audit names it",
    ),
    Check(
        id="SWR209",
        sentence="A record, and the signature in it, is used once.",
        fix="take the copy back and make the change with swreg",
    ),
    Check(
        id="SWR210",
        sentence="The files of a version are those that were registered.",
        fix="restore the folder from the commit that registered it, or register a new version",
    ),
    Check(
        id="SWR211",
        sentence="Where a file should be there is no pointer to one.",
        fix="track the path with git-lfs, or commit the real file",
    ),
    Check(
        id="SWR212",
        sentence="What the registry owns are regular files, no links and no modules.",
        fix="replace the link by the real file or folder",
    ),
    Check(
        id="SWR213",
        sentence="A model lives in one catalog.",
        fix="run: swreg resolve",
    ),
    Check(
        id="SWR214",
        sentence="Two models have two folder names.",
        fix="register one of them under another name",
    ),
    Check(
        id="SWR215",
        sentence="The lineage graph says what the versions' metadata says.",
        fix="run: swreg doctor --fix",
    ),
    Check(
        id="SWR216",
        sentence="Nothing in production is past its end of life.",
        fix="promote a newer version, or give the deprecation a later end_of_life",
    ),
    Check(
        id="SWR217",
        sentence="A change of the policy is told by a record.",
        fix="make the change with swreg, so that the audit shows it",
    ),
    Check(
        id="SWR218",
        sentence="A policy that allows more than before is shown to whoever reviews it.",
        fix="look whether the team wants this; the change itself is judged by the old policy",
        severity="warning",
    ),
    Check(
        id="SWR219",
        sentence="A branch keeps the records that were seen on it.",
        fix="restore the branch, or accept the loss: git update-ref -d",
    ),
    Check(
        id="SWR220",
        sentence="A merge joins what its parents have, brings nothing new and drops nothing.",
        fix="merge again with git and swreg's merge driver, or run: swreg resolve",
    ),
    Check(
        id="SWR221",
        sentence="Catalogs, histories and the policy can be read.",
        fix="mend the file, or restore it from git",
    ),
    Check(
        id="SWR222",
        sentence="The whole history is there to be checked.",
        fix="run: git fetch --unshallow",
        severity="warning",
    ),
    Check(
        id="SWR223",
        sentence="A record is committed by the person it names.",
        fix="look at who squashed or rebased the commit",
        severity="warning",
    ),
    Check(
        id="SWR224",
        sentence="A record is not dated before the commit it builds on.",
        fix="set the clock right, and no date by an environment variable",
        severity="warning",
    ),
    Check(
        id="SWR225",
        sentence="A record's commit is signed by the person it names.",
        fix="sign commits (commit.gpgsign), or approve with --sign",
    ),
    Check(
        id="SWR226",
        sentence="A model's signature is a trusted key's, over the files as they are.",
        fix="do not use the version; register one signed by a key of signing.model_keys",
    ),
    Check(
        id="SWR227",
        sentence="An MLflow server that shows the registry shows what git says.",
        fix="run: swreg registry-sync mlflow --from git, or --from mlflow to take it over",
    ),
    Check(
        id="SWR228",
        sentence="What MLflow has under a model of ours came from swreg.",
        fix="register it with swreg, or leave it: nothing of it is touched",
        severity="warning",
    ),
    Check(
        id="SWR230",
        sentence="What the catalogs say a store holds is there, byte for byte.",
        fix="put the files back into the store, or use another version",
    ),
)

BY_ID: dict[str, Check] = {check.id: check for check in CHECKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something is: what a finding adds to its rule."""

    path: str = ""
    line: int | None = None
    model: str = ""
    version: str = ""
    commit: str = ""


def finding(
    check_id: str,
    what: str,
    spot: Spot = Spot(),
    *,
    fix: str = "",
    severity: Severity | None = None,
) -> Finding:
    """A finding of the check with that id; fix and severity are the check's unless given."""
    check = BY_ID[check_id]
    return Finding(
        id=check_id,
        path=spot.path,
        what=what,
        fix=fix or check.fix,
        severity=severity or check.severity,
        line=spot.line,
        model=spot.model,
        version=spot.version,
        commit=spot.commit,
    )


def failing(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is an error."""
    return any(one.severity == "error" for one in findings)
