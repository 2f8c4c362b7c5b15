"""Annotated tags: reading all of a repository, and making new ones with a date of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from swreg.domain.shape import Timestamp
from swreg.errors import EnvironmentFault
from swreg.storage.git import Git

_FIELDS = ("refname:strip=2", "objecttype", "objectname", "object", "type", "taggerdate:unix",
           "taggername", "taggeremail", "contents:subject")  # fmt: skip
_FORMAT = "%1f".join(f"%({field})" for field in _FIELDS) + "%00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag: its commit (empty where it is not here) and, of an annotated one, who and when.

    `oid` is the tag object itself, `seconds` since 1970, 0 for a lightweight tag.
    """

    name: str
    oid: str
    commit: str
    seconds: int = 0
    tagger: str = ""
    subject: str = ""
    annotated: bool = True

    @property
    def at(self) -> Timestamp:
        """When it was made, in UTC."""
        return Timestamp(datetime.fromtimestamp(self.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def tags(git: Git) -> list[Tag]:
    """Every tag of the repository, by name; a tag of a tag counts as its commit."""
    out = git.ask("reading the tags", "for-each-ref", f"--format={_FORMAT}", "refs/tags").out
    entries = out.decode("utf-8", "replace").split("\0")
    rows = [entry.lstrip("\n").split("\x1f", len(_FIELDS) - 1) for entry in entries]
    found = [row for row in rows if len(row) == len(_FIELDS)]
    commits = _commits(git, [row[2] for row in found])
    return [_tag(row, commit) for row, commit in zip(found, commits, strict=True)]


def _tag(row: Sequence[str], commit: str) -> Tag:
    name, kind, oid, _, _, seconds, tagger, mail, subject = row
    return Tag(
        name=name,
        oid=oid,
        commit=commit,
        seconds=int(seconds or 0),
        tagger=f"{tagger} {mail}".strip(),
        subject=subject,
        annotated=kind == "tag",
    )


def _commits(git: Git, oids: Sequence[str]) -> Iterator[str]:
    """The commit that each object leads to; empty where that object is not here."""
    if not oids:
        return
    stdin = "".join(f"{oid}^{{commit}}\n" for oid in oids).encode()
    ask = ("cat-file", "--batch-check=%(objectname)")
    for line in git.ask("reading the tags", *ask, stdin=stdin).text.splitlines():
        yield "" if " " in line else line


def make_tag(git: Git, name: str, commit: str, *, message: str, who: str, seconds: int) -> None:
    """Make an annotated tag, dated `seconds` since 1970 UTC; `who` is `Name <mail>`.

    Raises `EnvironmentFault` where git refuses, for a name that is taken among others.
    """
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {who} {seconds} +0000\n\n{message}\n"
    oid = git.ask("making the tag", "mktag", stdin=text.encode("utf-8", "replace")).text
    answer = git.run("update-ref", "--create-reflog", f"refs/tags/{name}", oid, "0" * len(oid))
    if answer.code:
        raise EnvironmentFault(
            f"git made no tag {name}: {answer.err[:200]}", "look for a tag that is in its way"
        )
