"""Semantic versions with a leading `v`, as SemVer 2.0 orders them.

Parsing here is a regular expression and ordering a tuple, because a listing reads ten thousand of
them; a property test holds both against the `semver` package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from swreg.errors import UsageError

Bump = Literal["major", "minor", "patch"]
BUMPS: tuple[Bump, ...] = ("major", "minor", "patch")

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_STRICT = re.compile(
    rf"v?{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER})?)?"
    rf"(?:-({_PRE}(?:\.{_PRE})*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?",
    re.ASCII,
)
_INCREMENT_PREFIX = re.compile(r"\A(\d{4}[A-Za-z]?)-(?=v\d)", re.ASCII)
_MOST = 100


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """One SemVer 2.0 version; `str()` has the leading `v`.

    >>> Version.parse("v3") < Version.parse("v3.1.0-rc.1") < Version.parse("3.1.0")
    True
    >>> str(Version.parse("0042-v3"))
    'v3.0.0'
    """

    key: tuple[Any, ...]
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Version({self.text!r})"

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `v3`, `3.1`, `3.1.0`, `v3.1.0-rc.1` or `0042-v3`; raises `UsageError`."""
        version = cls.try_parse(text)
        if version is None:
            raise UsageError(f"{text[:80]!r} is no version", "write it like v3.1.0")
        return version

    @classmethod
    def try_parse(cls, text: str) -> Version | None:
        """The version, or None where the text is none."""
        found = _STRICT.fullmatch(_INCREMENT_PREFIX.sub("", text)) if len(text) <= _MOST else None
        if found is None:
            return None
        major, minor, patch = (int(found[n] or 0) for n in (1, 2, 3))
        pre, build = found[4], found[5]
        tail = (f"-{pre}" if pre else "") + (f"+{build}" if build else "")
        # A release sorts after its pre-releases; build text makes two versions distinct.
        key = (major, minor, patch, pre is None, _pre_key(pre), build or "")
        return cls(key, f"v{major}.{minor}.{patch}{tail}")

    @property
    def release(self) -> tuple[int, int, int]:
        """Major, minor and patch."""
        return self.key[0], self.key[1], self.key[2]

    @property
    def is_prerelease(self) -> bool:
        return not self.key[3]

    def bump(self, kind: Bump) -> Version:
        """The next release of that kind, as the `semver` package works it out.

        >>> str(Version.parse("v3.0.0").bump("minor"))
        'v3.1.0'
        """
        from semver import Version as SemVer

        return Version.parse(str(getattr(SemVer.parse(self.text[1:]), f"bump_{kind}")()))

    def bump_from(self, older: Version) -> Bump | None:
        """Which kind of step leads from `older` to here; None where it is no step up."""
        if self <= older:
            return None
        if self.release[0] != older.release[0]:
            return "major"
        return "minor" if self.release[1] != older.release[1] else "patch"


def increment_prefix(text: str) -> str | None:
    """The increment that a version is written with, or None.

    >>> increment_prefix("0042-v3")
    '0042'
    """
    found = _INCREMENT_PREFIX.match(text)
    return found[1] if found else None


def _pre_key(pre: str | None) -> tuple[tuple[int, int, str], ...]:
    if pre is None:
        return ()
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split("."))


FIRST = Version.parse("v1.0.0")
"""What a model's first version is called where nobody says."""
