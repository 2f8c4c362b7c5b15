"""Git's conflict markers: written around the lines that differ, and read back into both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from swreg.errors import BrokenFile

_OURS, _BASE, _MIDDLE, _THEIRS = (b"<" * 7, b"|" * 7, b"=" * 7, b">" * 7)


@dataclass(frozen=True, slots=True)
class Sides:
    """A conflicted text's two readings; `base` where the markers hold it (git's diff3 style)."""

    ours: bytes
    theirs: bytes
    base: bytes | None = None


def conflicted(ours: bytes, theirs: bytes, words: str) -> bytes:
    """Both texts in one, with markers around the lines that differ; the first says why.

    >>> conflicted(b"a\\nx\\n", b"a\\ny\\n", "x or y").splitlines()[1:3]
    [b'<<<<<<< ours (x or y)', b'x']
    """
    return b"".join(_woven(ours.splitlines(keepends=True), theirs.splitlines(keepends=True), words))


def _woven(ours: list[bytes], theirs: list[bytes], words: str) -> Iterator[bytes]:
    label = f" ours ({words})\n".encode()
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ours[a:b]
            continue
        yield _OURS + label
        yield from ours[a:b]
        yield _MIDDLE + b"\n"
        yield from theirs[c:d]
        yield _THEIRS + b" theirs\n"
        label = b" ours\n"


def has_markers(text: bytes) -> bool:
    """Whether a text holds a conflict: no line of a file of ours begins like that.

    >>> has_markers(b"a\\n<<<<<<< HEAD\\n"), has_markers(b"a: <<<<<<< HEAD\\n")
    (True, False)
    """
    return any(line.startswith((_OURS, _THEIRS)) for line in text.splitlines())


def sides(text: bytes, *, name: str) -> Sides:
    """What a conflicted text says on either side; `BrokenFile` where the markers do not fit."""
    parts: dict[str, list[bytes]] = {"ours": [], "base": [], "theirs": []}
    where, with_base = "both", False
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        step = _STEPS.get((where, line[:7])) if line[:7] in _MARKERS else where
        if step is None:
            raise BrokenFile(f"{name}:{number}: a conflict marker out of place", "mend the line")
        if line[:7] in _MARKERS:
            with_base = with_base or step == "base"
            where = step
            continue
        for side in parts if where == "both" else [where]:
            parts[side].append(line)
    if where != "both":
        raise BrokenFile(f"{name}: a conflict has no end", "mend the file")
    ours, base, theirs = (b"".join(parts[side]) for side in ("ours", "base", "theirs"))
    return Sides(ours, theirs, base if with_base else None)


_MARKERS = frozenset([_OURS, _BASE, _MIDDLE, _THEIRS])
_STEPS = {
    ("both", _OURS): "ours",
    ("ours", _BASE): "base",
    ("ours", _MIDDLE): "theirs",
    ("base", _MIDDLE): "theirs",
    ("theirs", _THEIRS): "both",
}
