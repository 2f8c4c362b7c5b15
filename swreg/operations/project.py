"""A repository with a registry in it, opened once per command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

from swreg.domain.names import Reference, parse_name, parse_reference
from swreg.errors import Ambiguous, BrokenFile, NotFound, NotReady, UsageError
from swreg.storage.clock import today
from swreg.storage.committed import CommittedRegistry
from swreg.storage.files import disk_errors
from swreg.storage.git import Git
from swreg.storage.index import Index
from swreg.storage.layout import LIFECYCLE, Layout, pick_increment
from swreg.storage.on_disk import dirty_catalogs
from swreg.storage.opening import open_at
from swreg.storage.source import Revision, Source, Worktree, load_policy

if TYPE_CHECKING:
    from swreg.domain.catalog import Found, Registry
    from swreg.domain.policy import MLflow, Policy
    from swreg.domain.shape import Timestamp

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)


@dataclass(frozen=True, slots=True)
class State:
    """The registry and the policy of one commit."""

    commit: str | None
    source: Revision
    registry: Registry
    policy: Policy


class Project:
    """The repository that owns the nearest `.specweave`, and one registry in it."""

    def __init__(self, git: Git, layout: Layout) -> None:
        self.git = git
        self.layout = layout
        self.index = Index(git.common_dir / "swreg")
        self.branch: str | None = None
        self.storage: str | None = None
        """The store for new versions, where the caller names one instead of the policy."""
        self._committed: CommittedRegistry | None = None
        self.mlflow: MLflow | None = None

    @classmethod
    def open(cls, path: Path, *, environment: str | None = None) -> Project:
        """Find the project from a folder; `NotReady` says what to do where there is none."""
        start = path.absolute()
        with disk_errors("look into the folder"):
            if not start.is_dir():
                raise NotFound(f"no folder {path}", "check --repo")
            top = _nearest(start)
        git, head = open_at(top or start, ".specweave/increments")
        prefix = ""
        if top is not None and not git.bare:
            relative = top.resolve().relative_to(git.root.resolve()).as_posix()
            prefix = "" if relative == "." else f"{relative}/"
        if environment is not None:
            environment = parse_name(environment, kind="environment name")
        project = cls(git, Layout(prefix, environment))
        if head is not None:
            project.__dict__["tip"] = head
        return project

    def close(self) -> None:
        """Let go of the cache's file; the next question opens it again."""
        self.index.close()

    def in_environment(self, environment: str | None) -> Project:
        """The same repository's registry of another environment."""
        other = Project(self.git, replace(self.layout, environment=environment))
        other.mlflow = self.mlflow
        other.storage = self.storage
        return other

    def on_branch(self, branch: str) -> Project:
        """The same registry as a branch has it that need not be checked out."""
        there = Project(self.git, self.layout)
        there.branch = branch
        there.storage = self.storage
        return there

    def require_layout(self) -> None:
        """Refuse where neither the commit nor the disk has a `.specweave`."""
        on_disk = (self.git.root / self.layout.specweave).is_dir()
        if not on_disk and self.git.tree_of("HEAD", self.layout.specweave) is None:
            raise NotReady(
                f"no .specweave folder in {self.git.root} or above",
                "run: swreg init --increment 0001-name",
            )

    @cached_property
    def tip(self) -> str | None:
        """The commit that plain reads see: HEAD or the branch's; None on an unborn branch."""
        return self.git.resolve("HEAD" if self.branch is None else f"refs/heads/{self.branch}")

    def forget(self) -> None:
        """HEAD has moved: read it anew when it is asked for next."""
        for name in ("tip", "policy", "_policy_data"):
            self.__dict__.pop(name, None)

    @cached_property
    def policy(self) -> Policy:
        """The policy at HEAD, for what is no decision about the registry."""
        return load_policy(Revision(self.git, self.tip), self.layout, self.index)

    def policy_warnings(self) -> tuple[str, ...]:
        """A line where the configuration on disk is not the one at HEAD, line ends aside."""
        if self.branch is not None:
            return ()
        path = self.layout.policy
        try:
            on_disk = self.files.read(path)
        except OSError:
            return ()
        if self.git.bare or _lines(on_disk) == _lines(Revision(self.git, self.tip).read(path)):
            return ()
        return (f"{path} has uncommitted edits; the committed policy is in force",)

    def commit_at(self, at: str | None) -> str | None:
        """The commit of a revision or date; without one, HEAD.

        A day means its end in UTC: the last commit, on the branch's own line, up to then. A text
        like a date is a date even where a ref has that name.
        """
        if at is None:
            return self.tip
        if _DATE.fullmatch(at):
            return commit_by_date(self.git, at)
        return self.git.require(at)

    def committed(self, commit: str | None) -> CommittedRegistry:
        """The registry of a commit, through the cache."""
        if self._committed is None or self._committed.commit != commit:
            self._committed = CommittedRegistry(self.git, self.layout, commit, self.index)
        return self._committed

    def state(
        self, at: str | None = None, names: Iterable[str] | None = None, *, lenient: bool = False
    ) -> State:
        """Registry and policy at a revision or date, whole or for some models; see `registry`."""
        self.require_layout()
        commit = self.commit_at(at)
        source = Revision(self.git, commit)
        registry = self.committed(commit).load(names, lenient=lenient)
        policy = load_policy(source, self.layout, self.index)
        return State(commit, source, registry, policy)

    def registry(
        self, at: str | None = None, names: Iterable[str] | None = None, *, lenient: bool = False
    ) -> Registry:
        """Only the registry; lenient: without catalogs that cannot be read (`broken_warnings`)."""
        registry = self.committed(self.commit_at(at)).load(names, lenient=lenient)
        if not registry.catalogs:
            self.require_layout()
        return registry

    def find(self, reference: Reference, at: str | None = None) -> Found:
        """The version that a reference means; a miss is looked at again with all names known.

        A broken catalog is in nobody's way but of those who ask for what it may have.
        """
        few = self.registry(at, reference.wanted, lenient=True)
        if any(few.homes_of(name) for name in reference.wanted):
            return few.find(reference)
        with self._perhaps_broken():
            return self.registry(at, lenient=True).find(reference)

    @contextmanager
    def _perhaps_broken(self) -> Iterator[None]:
        """What is not found may stand in a catalog that cannot be read, and that is said."""
        try:
            yield
        except (NotFound, Ambiguous) as error:
            for fault in (self._committed.broken if self._committed else {}).values():
                what = (
                    f"{error.what} in the catalogs that can be read, and one cannot: {fault.what}"
                )
                raise BrokenFile(what, fault.hint) from None
            raise

    def require_model(self, name: str, at: str | None = None) -> None:
        """Refuse a name that no catalog has; a miss is looked at again with all names known."""
        if not self.registry(at, [name], lenient=True).homes_of(name):
            with self._perhaps_broken():
                self.registry(at, lenient=True).model(name)

    def drift_warnings(self) -> tuple[str, ...]:
        """One line per catalog whose file on disk differs from what is committed."""
        if self.git.bare or self.tip is None or self.branch is not None:
            return ()
        dirty = dirty_catalogs(self.git, self.committed(self.tip).homes(), self.index)
        return tuple(f"{path} has uncommitted edits; this answer is from HEAD" for path in dirty)

    def broken_warnings(self) -> tuple[str, ...]:
        """One line per catalog that the last reading had to leave out."""
        broken = self._committed.broken if self._committed else {}
        return tuple(
            f"{fault.what}; its models are not in this answer" for fault in broken.values()
        )

    def warnings(self, at: str | None) -> tuple[str, ...]:
        """What the reader of an answer as of `at` should know beside it."""
        own = self.drift_warnings() if at is None else self.date_warnings(at)
        return (*own, *self.broken_warnings())

    def date_warnings(self, at: str | None) -> tuple[str, ...]:
        """A line where `at` is a date to come, or the branch's clock contradicts the answer to it.

        The answer holds all that came before it; some of that bears a date after the one asked.
        """
        if at is None or self.tip is None or not _DATE.fullmatch(at):
            return ()
        end = end_of(at)
        if end.date() > today():
            return (f"{at} is still to come; this answer is what HEAD says",)
        moment = int(end.timestamp())
        log = self.git.log("--first-parent", "--format=%h%x1f%ct", self.tip)
        line = dropwhile(lambda one: int(one[1]) > moment, log)
        younger = [short for short, when in line if int(when) > moment]
        if not younger:
            return ()
        what = f"{younger[0]} is dated after {at} and came before the commit of this answer"
        return (f"the clock ran backwards: {what}; name a commit with --at to be sure",)

    @property
    def files(self) -> Source:
        """The files as they lie on disk; of a bare repository, those of HEAD."""
        return Revision(self.git, self.tip) if self.git.bare else Worktree(self.git.root)

    def increments(self) -> list[str]:
        """Every increment's folder, committed or on disk."""
        top = self.layout.increments
        places = [top, *(f"{top}/{name}" for name in LIFECYCLE)]
        folders = self._committed_folders(places) | self._folders_on_disk(places)
        return sorted(path for path in folders if self.layout.is_home(path))

    def _committed_folders(self, places: list[str]) -> set[str]:
        if self.tip is None:
            return set()
        inside = [f"{place}/" for place in places]
        items = self.git.list_tree(self.tip, *inside, recursive=False)
        return {item.path for item in items if item.kind == "tree"}

    def _folders_on_disk(self, places: list[str]) -> set[str]:
        if self.git.bare:
            return set()
        folders = [self.git.root / place for place in places if (self.git.root / place).is_dir()]
        children = [child for folder in folders for child in folder.iterdir() if child.is_dir()]
        return {child.relative_to(self.git.root).as_posix() for child in children}

    def increment(self, word: str | None) -> str:
        """The home that an increment's short or long name means; without one, the active one.

        Where SpecWeave names no active increment, the only one there is.
        """
        if self.layout.environment is not None:
            return self.layout.environment_home
        from swreg.storage.specweave import active_homes

        homes = self.increments()
        if word is not None:
            return pick_increment(word, homes)
        open_ones = [home for home in homes if "/_" not in home]
        active = active_homes(self.files, self.layout, open_ones) or open_ones
        if len(active) == 1:
            return active[0]
        names = ", ".join(home.rsplit("/", 1)[-1] for home in active[:8])
        raise UsageError(
            "which increment?" if active else "there is no increment",
            f"say --increment, one of: {names}" if active else "swreg init --increment 0001-name",
        )


def _lines(data: bytes | None) -> bytes | None:
    return None if data is None else data.replace(b"\r\n", b"\n")


def reference(name: str, version: str | None = None) -> Reference:
    """The reference that one or two words mean."""
    return parse_reference(name, version)


_MARKS = ("config.json", "increments", "environments", "model-registry.yaml")


def _nearest(start: Path) -> Path | None:
    """The nearest project; a `.specweave` without its marks is SpecWeave's own state in a HOME."""
    for folder in (start, *start.parents):
        if any((folder / ".specweave" / mark).exists() for mark in _MARKS):
            return folder
    return None


def end_of(text: str) -> datetime:
    """The instant a date text means: of a day its end, in UTC where no zone is given.

    >>> end_of("2024-01-15").isoformat()
    '2024-01-15T23:59:59+00:00'
    """
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(seconds=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no date", "write it like 2024-01-15 or 2024-01-15T10:30:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def commit_by_date(git: Git, text: str) -> str:
    """The branch's commit in force at a date: along first parents, by committer date.

    A promotion made on a side branch counts from its merge. Where clocks ran backwards the walk
    takes the newest commit, in history order, that is not younger than the date.
    """
    moment = int(end_of(text).timestamp())
    head = git.resolve("HEAD")
    if head is not None:
        # --until only filters; it is --since that stops the walk too early at a wrong clock.
        for (commit,) in git.log("--first-parent", "-1", f"--until=@{moment}", "--format=%H", head):
            return commit
    if git.is_shallow:
        raise NotFound(
            f"this clone is shallow and does not reach back to {text}", "run: git fetch --unshallow"
        )
    raise NotFound(f"the history begins after {text}", "ask for a later date")


def timestamp(date_text: str) -> Timestamp:
    """The UTC time of git's `seconds zone`."""
    from swreg.domain.shape import Timestamp

    seconds = int(date_text.split()[0])
    return Timestamp(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
