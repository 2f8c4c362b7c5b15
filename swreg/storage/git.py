"""The one door to git: every question that swreg asks git has a name here.

Questions are plumbing commands, asked under a scrubbed environment: repository variables that a
surrounding git (a hook) set are dropped, replaced objects and grafts are not believed, nothing
of the user's configuration runs on a read. What comes from outside is resolved to an object id
first, behind `--end-of-options`, and only ids are used from then on.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

from swreg.errors import EnvironmentFault, NotFound
from swreg.storage.git_environment import scrubbed

OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_FIRST = (
    "git", "--no-pager", "--literal-pathspecs",
    "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
    "-c", "core.fsync=committed,loose-object", "-c", "core.quotePath=false",
    "-c", "advice.graftFileDeprecated=false", "-c", "log.showSignature=false",
    "-c", "i18n.commitEncoding=UTF-8", "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip


class Answer(NamedTuple):
    """What a git process said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "surrogateescape").strip()


class TreeItem(NamedTuple):
    """One entry of a git tree; `path` is from the top of the repository."""

    mode: str
    kind: str
    oid: str
    path: str


def run_git(
    arguments: Sequence[str],
    cwd: Path,
    *,
    stdin: bytes | None = None,
    env: dict[str, str] | None = None,
    timeout: float | None = None,
    own_session: bool = False,
    first: Sequence[str] = _FIRST,
) -> Answer:
    """Run git and wait; `EnvironmentFault` where it is missing or does not come back.

    `first` are the program and the options that every git process of ours has.
    """
    try:
        done = subprocess.run(
            [*first, *arguments],
            cwd=cwd,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=env if env is not None else scrubbed(dict(os.environ)),
            timeout=timeout,
            check=False,
            close_fds=False,
            start_new_session=own_session,
        )
    except FileNotFoundError as error:
        if error.filename != "git":
            raise EnvironmentFault(f"no such folder: {cwd}", "check --repo") from None
        raise EnvironmentFault("git is not installed", "install git 2.36 or newer") from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(
            f"git {arguments[0]} did not answer in {timeout:.0f} s", "check the network"
        ) from None
    except OSError as error:
        raise EnvironmentFault(f"git cannot run: {error.strerror}", "check the folder") from None
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def failure(answer: Answer, doing: str) -> EnvironmentFault:
    """The typed error for a git that failed where it should not."""
    lines = [line for line in answer.err.splitlines() if line.strip()]
    said = lines[0] if lines else f"exit code {answer.code}"
    hint = "free space or mend the permissions, then try again"
    if "dubious ownership" in answer.err:
        hint = "the folder belongs to another user; see git's safe.directory"
    return EnvironmentFault(f"git failed at {doing}: {said[:300]}", hint)


class Git:
    """A repository: its folders, and the questions it answers."""

    def __init__(self, root: Path, *, git_dir: Path, common_dir: Path, bare: bool) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.bare = bare
        self.env = scrubbed(dict(os.environ))
        self.own_session = False
        self.stop: threading.Event | None = None
        self.trees: dict[tuple[str, str], str | None] = {}

    @classmethod
    def open(cls, start: Path) -> Git:
        """The repository that owns the folder `start`; `NotReady` where there is none."""
        from swreg.storage.opening import open_at

        return open_at(start)[0]

    def run(self, *arguments: str, stdin: bytes | None = None, **env: str) -> Answer:
        """Run git here; `env` is added to the environment."""
        place = [f"--git-dir={self.git_dir}"]
        if not self.bare:
            place.append(f"--work-tree={self.root}")
        return run_git(
            [*place, *arguments],
            self.root,
            stdin=stdin,
            env={**self.env, **env},
            own_session=self.own_session,
        )

    def ask(self, doing: str, *arguments: str, stdin: bytes | None = None, **env: str) -> Answer:
        """Run git where failing is the machine's fault; raises `EnvironmentFault`."""
        answer = self.run(*arguments, stdin=stdin, **env)
        if answer.code:
            raise failure(answer, doing)
        return answer

    # what is where

    def resolve(self, rev: str) -> str | None:
        """The commit that a revision means, or None."""
        answer = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", rev + "^{commit}")
        return answer.text if answer.code == 0 else None

    def require(self, rev: str) -> str:
        """The commit that a revision means; `NotFound` where it means none."""
        oid = self.resolve(rev)
        if oid is None:
            hint = "use a commit, tag, branch or 2024-01-15"
            if self.is_shallow:
                hint += "; this clone is shallow: git fetch --unshallow brings older commits"
            raise NotFound(f"no revision or date {rev!r}", hint)
        return oid

    def head_branch(self) -> str | None:
        """The full name of the checked-out branch (also an unborn one); None when detached."""
        answer = self.run("symbolic-ref", "--quiet", "HEAD")
        return answer.text if answer.code == 0 else None

    @cached_property
    def object_format(self) -> str:
        """The hash function of the object ids: `sha1` or `sha256`."""
        return self.ask("reading the format", "rev-parse", "--show-object-format").text

    @cached_property
    def settings(self) -> dict[str, str]:
        """The configuration that decides how a commit is made; `forget` reads it anew."""
        return self.config("commit.gpgsign", "core.sparsecheckout", "core.hookspath")

    def forget(self) -> None:
        """Read the configuration anew when it is asked for next."""
        self.__dict__.pop("settings", None)

    @cached_property
    def is_shallow(self) -> bool:
        return (self.common_dir / "shallow").exists()

    def tree_of(self, commit: str, path: str) -> str | None:
        """The object id at a path of a commit, or None; of a commit's id asked once."""
        if (commit, path) in self.trees:
            return self.trees[commit, path]
        answer = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:{path}"
        )
        tree = answer.text if answer.code == 0 else None
        if OBJECT_ID.fullmatch(commit):
            self.trees[commit, path] = tree
        return tree

    # contents

    def blobs(self, names: Sequence[str]) -> list[bytes | None]:
        """The contents of objects, named by id or `commit:path`; None where there is none."""
        if not names:
            return []
        safe = [name if "\n" not in name else "missing" for name in names]
        stdin = "\n".join(safe).encode("utf-8", "surrogateescape") + b"\n"
        out = self.ask("reading objects", "cat-file", "--batch", stdin=stdin).out
        return list(_split_batch(out, len(names)))

    def blob(self, name: str) -> bytes | None:
        return self.blobs([name])[0]

    def stream_blob(self, oid: str, out: BinaryIO) -> None:
        """Write one object to an open file, whatever its size."""
        answer = self.stream(out, "cat-file", "blob", oid)
        if answer.code:
            raise failure(answer, "reading an object")

    def stream(self, out: BinaryIO, *arguments: str) -> Answer:
        """Run git with its output going to an open file; the answer has only code and error."""
        place = [f"--git-dir={self.git_dir}"]
        if not self.bare:
            place.append(f"--work-tree={self.root}")
        out.flush()
        done = subprocess.run(
            [*_FIRST, *place, *arguments], cwd=self.root, stdout=out, stderr=subprocess.PIPE,
            env=self.env, check=False,
        )  # fmt: skip
        return Answer(done.returncode, b"", done.stderr.decode("utf-8", "replace"))

    def list_tree(self, treeish: str, *paths: str, recursive: bool = True) -> Iterator[TreeItem]:
        """The entries below `paths` (the whole tree without any)."""
        options = ["-r"] if recursive else []
        answer = self.ask(
            "listing files", "ls-tree", "-z", "--full-tree", *options, treeish, "--", *paths
        )
        for line in answer.out.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, kind, oid = facts.decode().split()
            yield TreeItem(mode, kind, oid, path.decode("utf-8", "surrogateescape"))

    def config(self, *keys: str) -> dict[str, str]:
        """The configured values of some keys, the last one where there are several."""
        pattern = "^(" + "|".join(key.replace(".", r"\.") for key in keys) + ")$"
        answer = self.run("config", "-z", "--get-regexp", pattern)
        pairs = (part.partition("\n") for part in answer.out.decode("utf-8", "replace").split("\0"))
        # A key without a value means true.
        return {key: value if mark else "true" for key, mark, value in pairs if key}

    def identity(self) -> tuple[str, str]:
        """Who commits: `Name <mail>`, and git's own date text, `1705759200 +0000`."""
        answer = self.run("var", "GIT_COMMITTER_IDENT")
        if answer.code or "<>" in answer.text:
            raise EnvironmentFault(
                "git does not know who you are",
                "run: git config --global user.name 'Your Name'; "
                "git config --global user.email you@example.org",
            )
        name, _, date = answer.text.rpartition("> ")
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
            raise EnvironmentFault(
                f"your name in git's configuration is no plain UTF-8 text: {name!a}",
                "run: git config --global user.name 'Your Name'",
            )
        return f"{name}>", date

    def log(self, *arguments: str) -> Iterator[list[str]]:
        """`git log -z` with the fields of `--format` split at NUL-free 0x1f marks."""
        answer = self.ask("reading the history", "log", "-z", "--no-mailmap", *arguments)
        for entry in answer.out.split(b"\0"):
            if entry:
                yield entry.decode("utf-8", "surrogateescape").split("\x1f")

    def worktrees(self) -> Iterator[tuple[Path, str | None]]:
        """Every linked work tree and the full name of the branch checked out there."""
        path: Path | None = None
        answer = self.ask("listing work trees", "worktree", "list", "--porcelain")
        for line in answer.text.splitlines():
            if line.startswith("worktree "):
                path = Path(line[9:])
            elif line.startswith("branch ") and path is not None:
                yield path, line[7:]

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.run("merge-base", "--is-ancestor", older, newer).code == 0

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Which of the paths a .gitignore leaves out."""
        stdin = "\0".join(paths).encode("utf-8", "surrogateescape")
        ask = ("--no-literal-pathspecs", "check-ignore", "-z", "--stdin", "--no-index")
        answer = self.run(*ask, stdin=stdin)  # it dies of literal ones; 1 means that none is
        if answer.code not in (0, 1):
            raise failure(answer, "reading .gitignore")
        return [p.decode("utf-8", "surrogateescape") for p in answer.out.split(b"\0") if p]


def _split_batch(out: bytes, count: int) -> Iterator[bytes | None]:
    position = 0
    for _ in range(count):
        end = out.index(b"\n", position)
        header = out[position:end].split(b" ")
        position = end + 1
        if header[-1] == b"missing" or header[-1] == b"ambiguous":
            yield None
            continue
        size = int(header[-1])
        yield out[position : position + size]
        position += size + 1
