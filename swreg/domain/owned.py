"""Text of ours in other people's folders: whole files, marked blocks, dated lines.

A whole file ends in a line with the digest of the rest, so that a later run can tell what we
wrote from what a person edited since. A block carries the same digest in its first line. What has
no such mark is not ours, whatever it is called.

The law of all three: `put(put(x)) == put(x)`, and `take(put(x)) == x` for text that ends in a
newline or is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple, Protocol


class Comment(NamedTuple):
    """How a format writes a comment of one line."""

    begin: str
    end: str = ""

    def of(self, text: str) -> str:
        return f"{self.begin}{text}{self.end}"


MARKDOWN = Comment("<!-- ", " -->")
HASH = Comment("# ")


class Wanted(NamedTuple):
    """What a file should hold (None: it should not be there), and what speaks against it.

    `obstacle` is empty where nothing but our own text changes.
    """

    text: str | None
    obstacle: str = ""


class Piece(Protocol):
    """Something of ours in one file; text is None where there is no file."""

    def put(self, text: str | None) -> Wanted:
        """The file with our piece as it should be."""

    def take(self, text: str | None) -> Wanted:
        """The file without it."""


EDITED = "it was edited since swreg wrote it"
FOREIGN = "it is not swreg's"
_SEAL = re.compile(r"swreg: generated ([0-9a-f]{16})")


def digest(text: str) -> str:
    """A short digest of text, the same for both kinds of line ends.

    >>> digest("a\\r\\n") == digest("a\\n")
    True
    """
    return sha256(text.replace("\r\n", "\n").encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file that is ours whole; its last line says so.

    >>> own = OwnFile(body="hello\\n", comment=HASH)
    >>> own.put(None).text
    'hello\\n# swreg: generated 5891b5b522d5df08\\n'
    >>> own.put("somebody's\\n").obstacle
    "it is not swreg's"
    """

    body: str
    comment: Comment

    def put(self, text: str | None) -> Wanted:
        seal = self.comment.of(f"swreg: generated {digest(self.body)}")
        return Wanted(f"{self.body}{seal}\n", self._obstacle(text))

    def take(self, text: str | None) -> Wanted:
        return Wanted(None, self._obstacle(text))

    def _obstacle(self, text: str | None) -> str:
        if text is None:
            return ""
        body, _, last = text.rstrip("\r\n").rpartition("\n")
        seal = _SEAL.search(last)
        if seal is None:
            return FOREIGN
        return "" if seal[1] == digest(f"{body}\n") else EDITED


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBlock:
    """A block in a file of somebody else's, between two comment lines; put at the end if new.

    >>> own = OwnBlock(name="agents", body="text\\n", comment=MARKDOWN)
    >>> own.take(own.put("# Theirs\\n").text).text
    '# Theirs\\n'
    """

    name: str
    body: str
    comment: Comment

    def put(self, text: str | None) -> Wanted:
        before, inside, after = self.split(text or "")
        begin = self.comment.of(f"swreg:begin {self.name} {digest(self.body)}")
        block = f"{begin}\n{self.body}{self._end}\n"
        if inside is None:
            gap = "\n" if before else ""
            return Wanted(f"{before}{gap}{block}{after}")
        return Wanted(f"{before}{block}{after}", self._obstacle(inside))

    def take(self, text: str | None) -> Wanted:
        before, inside, after = self.split(text or "")
        if text is None or inside is None:
            return Wanted(text)
        if before.endswith("\n\n"):
            before = before[:-1]
        return Wanted(before + after or None, self._obstacle(inside))

    @property
    def _end(self) -> str:
        return self.comment.of(f"swreg:end {self.name}")

    def split(self, text: str) -> tuple[str, str | None, str]:
        """The text before our block, the block with its first line, and the text after it."""
        pattern = re.compile(
            rf"^[ \t]*{re.escape(self.comment.begin)}swreg:begin {re.escape(self.name)} .*?"
            rf"^[ \t]*{re.escape(self._end)}[ \t]*(?:\r?\n|\Z)",
            re.DOTALL | re.MULTILINE,
        )
        found = pattern.search(text)
        if found is None:
            return (text if not text or text.endswith("\n") else f"{text}\n"), None, ""
        return text[: found.start()], found[0], text[found.end() :]

    def _obstacle(self, inside: str) -> str:
        first, _, rest = inside.partition("\n")
        body = rest.rstrip("\r\n").rpartition("\n")[0]
        return "" if digest(f"{body}\n" if body else "") in first else EDITED


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLearning:
    """A dated line of a SpecWeave skill memory, known by the words it begins with.

    SpecWeave drops lines older than 90 days; one that is older than 30 is written anew.
    """

    skill: str
    text: str
    today: date

    def put(self, text: str | None) -> Wanted:
        lines = (text if text is not None else self._empty()).splitlines(keepends=True)
        mine = [line for line in lines if self._is_ours(line)]
        if [line for line in mine if self._is_current(line)] and len(mine) == 1:
            return Wanted(text)
        kept = [line for line in lines if not self._is_ours(line)]
        if kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        last = max((n for n, line in enumerate(kept) if _LEARNING.match(line)), default=None)
        last = _after_heading(kept) if last is None else last + 1
        kept.insert(last, f"- **{self.today.isoformat()}**: {self.text}\n")
        return Wanted("".join(kept))

    def take(self, text: str | None) -> Wanted:
        if text is None:
            return Wanted(None)
        kept = "".join(line for line in text.splitlines(keepends=True) if not self._is_ours(line))
        return Wanted(None if kept == self._empty() else kept)

    def _is_ours(self, line: str) -> bool:
        found = _LEARNING.match(line)
        return found is not None and found[2].startswith("swreg: ")

    def _is_current(self, line: str) -> bool:
        found = _LEARNING.match(line)
        if found is None or found[2].strip() != self.text:
            return False
        try:
            written = date.fromisoformat(found[1])
        except ValueError:
            return False
        return timedelta(0) <= self.today - written <= timedelta(days=30)

    def _empty(self) -> str:
        title = " ".join(word.capitalize() for word in self.skill.split("-"))
        note = "<!-- Project-specific learnings for this skill -->"
        return f"# {title} Memory\n\n{note}\n\n## Learnings\n\n"


_LEARNING = re.compile(r"-\s+\*\*(\d{4}-\d\d-\d\d)\*\*:\s*(.+)")


def _after_heading(lines: list[str]) -> int:
    """Where the first learning goes: below the heading, which is added where it lacks."""
    for number, line in enumerate(lines):
        if line.strip() == "## Learnings":
            blank = number + 1 < len(lines) and not lines[number + 1].strip()
            return number + 1 + blank
    lines.extend(["\n", "## Learnings\n", "\n"])
    return len(lines)
