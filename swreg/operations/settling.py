"""Put on record what a person decided in a merge: a line of the history, and words of the commit.

git has the message of a merge that is under way in `MERGE_MSG`, and the merge's commit takes it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from swreg.domain.events import ResolvedEvent
from swreg.domain.history_row import parse_rows, row
from swreg.domain.merging import Decisions
from swreg.domain.record import Record, parse, render
from swreg.domain.settling import settlement
from swreg.operations.merge_driver import MergedFile
from swreg.operations.project import Project, timestamp
from swreg.storage import catalog_yaml
from swreg.storage.files import disk_errors, write_durably
from swreg.storage.layout import CATALOG, HISTORY


def with_records(
    project: Project, merged: Sequence[MergedFile], decided: Decisions
) -> tuple[list[MergedFile], list[ResolvedEvent]]:
    """The files of a merge with a history line for each model that was decided, and the events.

    Only a merge under way gets any: what a rebase or cherry-pick makes is no merge.
    """
    files = {one.path: one for one in merged}
    events: list[ResolvedEvent] = []
    other = project.git.resolve("MERGE_HEAD")
    if other is None or not decided:
        return list(merged), events
    for one in merged:
        if one.open or not one.path.endswith(f"/{CATALOG}"):
            continue
        path = f"{one.path.removesuffix(CATALOG)}{HISTORY}"
        told = list(_events(project, one, path, other, decided))
        if told:
            text = files[path].text if path in files else _on_disk(project, path)
            lines = "".join(f"{row(event)}\n" for event in told)
            files[path] = MergedFile(path=path, text=text.rstrip(b"\n") + b"\n" + lines.encode())
        events += told
    return list(files.values()), events


def _events(
    project: Project, file: MergedFile, path: str, other: str, decided: Decisions
) -> Iterator[ResolvedEvent]:
    actor, date = project.git.identity()
    ours, theirs = (
        [
            one
            for one in parse_rows((data or b"").decode("utf-8", "replace"))
            if isinstance(one, Record)
        ]
        for data in project.git.blobs([f"HEAD:{path}", f"{other}:{path}"])
    )
    for name, model in catalog_yaml.load(file.text, name=file.path).models.items():
        own = {place: side for place, side in decided.items() if place[0] == name}
        if own:
            yield settlement(
                model, (ours, theirs), own,
                actor=actor, at=timestamp(date), parent=(project.git.resolve("HEAD") or "")[:12],
            )  # fmt: skip


def _on_disk(project: Project, path: str) -> bytes:
    file = project.git.root / path
    with disk_errors(f"read {path}"):
        return file.read_bytes() if file.is_file() else b""


_COMMANDS = (
    ("MERGE_HEAD", "git commit --no-edit"),
    ("CHERRY_PICK_HEAD", "git cherry-pick --continue"),
    ("REVERT_HEAD", "git revert --continue"),
    ("rebase-merge", "git rebase --continue"),
    ("rebase-apply", "git rebase --continue"),
)
_MENDED = "resolved-message"


def to_finish(project: Project) -> str:
    """The git command that finishes what is under way, with its message as it is prepared."""
    under_way = (words for name, words in _COMMANDS if (project.git.git_dir / name).exists())
    return next(under_way, "git commit")


def to_mend(project: Project, *, dry_run: bool = False) -> str:
    """The command that puts back the records that the merge at HEAD has lost; empty where none.

    `git commit -m` throws away the message that was prepared; the history file still has them.
    The whole message, with them, is written to a file below the git directory.
    """
    git = project.git
    parents = [one for one in map(git.resolve, ("HEAD^1", "HEAD^2")) if one]
    lost = list(_lost(project, parents)) if len(parents) == 2 else []
    if not lost:
        return ""
    path = git.git_dir / "swreg" / _MENDED
    if not dry_run:
        before = git.ask("reading the message", "log", "-1", "--format=%B").out.rstrip(b"\n")
        blocks = "\n\n".join(map(render, lost)).encode("utf-8", "surrogateescape")
        with disk_errors("write the message of the merge"):
            write_durably(path, before + b"\n\n" + blocks + b"\n")
    return f"git commit --amend --file={shlex.quote(str(path))}"


def _lost(project: Project, parents: Sequence[str]) -> Iterator[ResolvedEvent]:
    """The decisions whose history line is new in HEAD, and that its message does not tell."""
    git = project.git
    text = git.ask("reading the message", "log", "-1", "--format=%B").out.decode("utf-8", "replace")
    told = {one.id for one in parse(text) if isinstance(one, Record)}
    tops = (project.layout.specweave,)
    paths = [item.path for item in git.list_tree("HEAD", *tops) if item.path.endswith(HISTORY)]
    for path in paths:
        here, *there = (
            [one for one in parse_rows((data or b"").decode("utf-8", "replace"))
             if isinstance(one, Record)]
            for data in git.blobs([f"{rev}:{path}" for rev in ("HEAD", *parents)])
        )  # fmt: skip
        known = told | {one.id for rows in there for one in rows}
        for one in here:
            if one.id not in known and isinstance(one.event, ResolvedEvent):
                yield one.event


def tell(project: Project, events: Sequence[ResolvedEvent]) -> None:
    """Put the records into the message of the merge, above git's own remarks."""
    if not events:
        return
    file = project.git.git_dir / "MERGE_MSG"
    with disk_errors("write the message of the merge"):
        before = file.read_bytes() if file.is_file() else b"Merge\n"
        lines = before.split(b"\n")
        end = next((n for n, line in enumerate(lines) if line.startswith(b"#")), len(lines))
        said = b"\n".join(lines[:end]).rstrip(b"\n")
        blocks = "\n\n".join(render(event) for event in events).encode("utf-8", "surrogateescape")
        rest = b"\n".join(lines[end:])
        write_durably(file, said + b"\n\n" + blocks + b"\n\n" + rest)
