"""What another registry says of its models, before any of it is ours.

A reader of such a registry makes an `Offer`: versions, what happened to them, and what it could
not read. Names and stages are as they are written there; `understood` turns them into ours, and
what has no equal here is told with the words that would map it, never changed in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from swreg.domain.names import parse_new_name, slug
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage, parse_stage, stage_word
from swreg.domain.version import Version
from swreg.errors import UsageError

SYSTEMS = ("mlflow", "gto", "dvc", "kitfile", "flat")
DROP = "none"
"""The word that leaves a stage of theirs out."""

ActKind = Literal["stage", "leave", "deprecate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignVersion:
    """One version there. `origin` names the fact for good: it is imported once.

    `version` is None where nobody says, and then worked out; `at` is None where the time is
    unknown. `facts` are for `metadata.json`, `commit` is where the code stood.
    """

    name: str
    version: str | None
    origin: str
    at: Timestamp | None = None
    author: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    commit: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAct:
    """What happened to a version there: it took a stage, left it, or was deprecated.

    Without `at` it is no event but a pointer, as it stands now.
    """

    kind: ActKind
    name: str
    version: str
    origin: str
    stage: str = ""
    at: Timestamp | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Something there that has no equal here, and why; `name` is the model it is of, as there."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How the caller maps words: names there to names here, stages there to stages here.

    >>> Words.of(["Fraud=fraud-model"], ["champion=production"]).stages
    {'champion': 'production'}
    """

    names: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, names: Iterable[str] = (), stages: Iterable[str] = (), only: Iterable[str] = ()
    ) -> Words:
        """The words of `THEIRS=OURS`; `UsageError` for what is malformed."""
        renamed = dict(_pairs(names, "--rename"))
        for new in renamed.values():
            parse_new_name(new)
        known = dict(_pairs(stages, "--stage-as"))
        for word in known.values():
            if word != DROP:
                parse_stage(word)
        return cls(names=renamed, stages=known, only=tuple(only))


def _pairs(words: Iterable[str], option: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for word in words:
        theirs, equals, ours = word.rpartition("=")
        if not equals or not theirs or not ours:
            raise UsageError(f"{option} {word!r} is no pair", f"write {option} THEIRS=OURS")
        if theirs in seen:
            raise UsageError(f"{option} says {theirs!r} twice", "say it once")
        seen.add(theirs)
        yield theirs, ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A version or an act in our words: `to` is its stage here, for acts that name one."""

    model: str
    version: Version | None
    what: ForeignVersion | ForeignAct
    to: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """Every step by model, in the order it happened, and what has no equal here."""

    steps: Mapping[str, tuple[Step, ...]]
    unmapped: tuple[Unmapped, ...]


def understood(
    versions: Iterable[ForeignVersion], acts: Iterable[ForeignAct], words: Words
) -> Understood:
    """Everything in our words. Raises `UsageError` where two names there become one here."""
    steps: dict[str, list[Step]] = {}
    unmapped: list[Unmapped] = []
    owners: dict[str, str] = {}
    everything: list[ForeignVersion | ForeignAct] = [*versions, *acts]
    for what in everything:
        if words.only and what.name not in words.only:
            continue
        try:
            step = _step(what, words)
        except UsageError as error:
            unmapped.append(Unmapped(name=what.name, source=what.origin, reason=str(error)))
            continue
        if step is None:
            continue
        if owners.setdefault(step.model, what.name) != what.name:
            raise UsageError(
                f"{owners[step.model]!r} and {what.name!r} would both be {step.model}",
                f"--rename {what.name}=ANOTHER-NAME",
            )
        steps.setdefault(step.model, []).append(step)
    _require_own_folders(steps)
    return Understood(
        steps={name: tuple(_ordered(found)) for name, found in sorted(steps.items())},
        unmapped=tuple(unmapped),
    )


def _require_own_folders(names: Iterable[str]) -> None:
    """Two models of one slug would share their folders."""
    owners: dict[str, str] = {}
    for name in sorted(names):
        if owners.setdefault(slug(name), name) != name:
            raise UsageError(
                f"{name} would share its folders with {owners[slug(name)]}",
                f"--rename {name}=ANOTHER-NAME",
            )


def _step(what: ForeignVersion | ForeignAct, words: Words) -> Step | None:
    model = our_name(what.name, words)
    version = None if what.version is None else _our_version(what.version)
    if isinstance(what, ForeignVersion):
        return Step(model=model, version=version, what=what)
    if what.kind == "deprecate":
        return Step(model=model, version=version, what=what)
    word = words.stages.get(what.stage, what.stage)
    if word == DROP:
        return None
    stage = stage_word(word)
    if stage is None:
        raise UsageError(
            f"{what.stage!r} is no stage here",
            f"--stage-as {what.stage}=staging (or dev, production, archived, {DROP})",
        )
    return Step(model=model, version=version, what=what, to=stage)


def our_name(theirs: str, words: Words) -> str:
    """The name of a model here; `UsageError` suggests one where theirs is not allowed.

    >>> our_name("Fraud Model", Words())
    Traceback (most recent call last):
    swreg.errors.UsageError: 'Fraud Model' cannot be a model's name here; --rename 'Fraud \
Model=fraud-model'
    """
    if theirs in words.names:
        return words.names[theirs]
    try:
        return parse_new_name(theirs)
    except UsageError:
        import shlex

        pair = shlex.quote(f"{theirs}={suggestion(theirs)}")
        raise UsageError(f"{theirs!r} cannot be a model's name here", f"--rename {pair}") from None


def suggestion(theirs: str) -> str:
    """A name here that comes near one of theirs.

    >>> suggestion("Détection/Fraude v2"), suggestion("信用"), suggestion("prod")
    ('detection-fraude_v2', 'a-model', 'prod-model')
    """
    plain = unicodedata.normalize("NFKD", theirs).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9._]+", "-", plain)
    words = re.sub(r"-v(?=\d)", "_v", re.sub(r"\.{2,}", ".", words))
    words = words.strip("-._")[:90].strip("-._")
    for name in (words, f"{words}-model", "a-model"):
        try:
            return parse_new_name(name)
        except UsageError:
            continue
    return "a-model"  # pragma: no cover - the last one is always a name


def _our_version(text: str) -> Version:
    version = Version.try_parse(text)
    if version is None:
        raise UsageError(f"{text[:80]!r} is no SemVer version", "register it with a number of ours")
    return version


def _ordered(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order they happened; a version comes before what happened to it.

    What has no time comes last. Numbers that are still to be worked out come in their order.
    """
    found = list(steps)
    born = {one.version: one.what.at for one in found if isinstance(one.what, ForeignVersion)}
    return sorted(found, key=lambda one: _when(one, born))


def _when(step: Step, born: Mapping[Version | None, Timestamp | None]) -> tuple[Any, ...]:
    own = step.what.at
    if isinstance(step.what, ForeignVersion):
        return own is None, own or "", False, step.version.key if step.version else ()
    start = born.get(step.version, own)
    if own is None or start is None:
        return True, "", True, ()
    return False, max(own, start), True, ()


def without_handovers(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps without the leaving of a stage that another version takes next.

    Taking a pointer displaces whoever held it, so that such a step says nothing of its own.
    """
    kept: list[Step] = []
    for step in steps:
        last = kept[-1] if kept else None
        if last is not None and _hands_over(last, step):
            kept.pop()
        kept.append(step)
    return tuple(kept)


def _hands_over(last: Step, step: Step) -> bool:
    left = isinstance(last.what, ForeignAct) and last.what.kind == "leave"
    takes = isinstance(step.what, ForeignAct) and step.what.kind == "stage"
    return left and takes and last.to is step.to and last.version != step.version
