"""Names of models, increments and environments, and what a reference to a version may look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from swreg.domain.stage import Stage, stage_word
from swreg.domain.version import Version, increment_prefix
from swreg.errors import UsageError

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?", re.ASCII)
INCREMENT = re.compile(r"\d{4}[A-Za-z]?-[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?", re.ASCII)
_LONGEST = 2000
_BARE_INCREMENT = re.compile(r"\d{3,4}[a-z]?", re.ASCII)
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)
_UNPRINTABLE = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])

UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\xa0\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e"
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ud800-\\uf8ff\\ufeff\\ufff0-\\ufffb\\ufffe\\uffff"
    "\\U000110bd\\U000110cd\\U00013430-\\U0001345f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U0010ffff]"
)
"""What is escaped in every text we write: controls, formats, odd spaces, private use.

A fixed list, because Python's own idea of a printable character changes with its version, and
the id of a record is a hash of what was written.
"""


def parse_name(text: str, *, kind: str = "model name") -> str:
    """Check a name that becomes a folder on every system people use.

    Lower-case ASCII letters, digits, dot, dash and underscore, at most 100 characters.

    >>> parse_name("fraud-detection-model")
    'fraud-detection-model'
    """
    if (
        not NAME.fullmatch(text)
        or ".." in text
        or text.endswith(".lock")
        or text.split(".")[0] in _RESERVED
    ):
        raise UsageError(
            f"{text!r} is no {kind}",
            "use lower-case letters, digits, '.', '-', '_' (at most 100, starting and ending with "
            "a letter or digit)",
        )
    return text


def slug(name: str) -> str:
    """The name without a trailing `-model`; it names the folders of the versions.

    >>> slug("fraud-detection-model")
    'fraud-detection'
    """
    return name.removesuffix("-model") or name


def visible(text: str) -> str:
    """The text with everything that could act on a terminal made visible.

    >>> visible("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in _UNPRINTABLE
        else char
        for char in text
    )


def plain_text(text: str, *, kind: str) -> str:
    """One line of text for a record: NFC, trimmed, and free of control characters.

    Raises `UsageError` for control, format and separator characters, which could forge a line or
    act on a terminal, and for more than 2,000 characters.
    """
    clean = unicodedata.normalize("NFC", text).strip()
    if visible(clean) != clean:
        raise UsageError(
            f"the {kind} holds control characters: {clean!r}", "write it as one plain line"
        )
    if len(clean) > _LONGEST:
        raise UsageError(
            f"the {kind} has {len(clean):,} characters, at most {_LONGEST:,} are kept",
            "say it shorter, and link to the rest",
        )
    if not clean:
        raise UsageError(f"the {kind} is empty", f"say the {kind} in a few words")
    return clean


@dataclass(frozen=True, slots=True)
class Reference:
    """What somebody wrote to mean one version: names it could be, and a version, stage or latest.

    `names` are the model names to look for, the likeliest first. Exactly one of `version`,
    `stage` and `latest` is meant; none where only the model was named. `whole` is the text where
    it could also be a model's own name, which then wins. `increment` is the prefix of `0042-v3`.
    `others` are further readings, names with a version: `a-v2-b-v3` is v3 of `a-v2-b`, or v2-b-v3
    of `a`. Only who knows the models can tell.
    """

    text: str
    names: tuple[str, ...]
    version: Version | None = None
    stage: Stage | None = None
    latest: bool = False
    whole: str | None = None
    increment: str | None = None
    others: tuple[tuple[tuple[str, ...], Version], ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every name of a model that the text could mean."""
        whole = () if self.whole is None else (self.whole,)
        further = (name for names, _ in self.others for name in names)
        return tuple(dict.fromkeys((*whole, *self.names, *further)))

    @property
    def one_version(self) -> bool:
        """Whether one version is meant, not a model alone."""
        return self.version is not None or self.stage is not None or self.latest


def parse_reference(text: str, version: str | None = None) -> Reference:
    """Read every way of naming a version that the command line and the library take.

    >>> parse_reference("fraud-detection-v3.1.0").names
    ('fraud-detection-model', 'fraud-detection')
    >>> str(parse_reference("fraud-detection-model", "0042-v3").version)
    'v3.0.0'
    >>> parse_reference("fraud-detection-model@prod").stage
    <Stage.PRODUCTION: 'production'>
    """
    if version is not None:
        return _with_word(text, parse_name(text), version)
    name, at, word = text.partition("@")
    if at:
        return _with_word(text, parse_name(name), word)
    readings = list(_readings(text))
    if readings:
        (names, number), *others = readings
        parse_name(names[-1])
        return Reference(text, names, version=number, whole=text, others=tuple(others))
    return Reference(text, (parse_name(text),))


def _readings(text: str) -> Iterator[tuple[tuple[str, ...], Version]]:
    """Every way to read the text as a name and a version, the longest name first.

    >>> [(names[-1], str(version)) for names, version in _readings("a-v2-b-v3")]
    [('a-v2-b', 'v3.0.0'), ('a', 'v2.0.0-b-v3')]
    """
    for found in reversed(list(re.finditer(r"(?<=.)-v(?=\d)", text))):
        base, number = text[: found.start()], Version.try_parse(text[found.end() :])
        if number is not None:
            yield (base,) if base.endswith("-model") else (f"{base}-model", base), number


def _with_word(text: str, name: str, word: str) -> Reference:
    if word == "latest":
        return Reference(text, (name,), latest=True)
    if stage := stage_word(word):
        return Reference(text, (name,), stage=stage)
    return Reference(text, (name,), version=Version.parse(word), increment=increment_prefix(word))


def parse_new_name(text: str) -> str:
    """Check the name of a model that is to be: nothing that a reference reads as something else.

    >>> parse_new_name("resnet-v2")
    Traceback (most recent call last):
    swreg.errors.UsageError: 'resnet-v2' reads as a version, not as a new model; choose another name
    """
    name = parse_name(text)
    kinds = {
        # Nobody calls a pre-release "model": `fraud-v2-model` is a name.
        "a version": (parse_reference(name).version is not None and not name.endswith("-model"))
        or Version.try_parse(name) is not None,
        "a stage": stage_word(name) is not None,
        "the latest version": name == "latest",
        "an increment": _BARE_INCREMENT.fullmatch(name) is not None,
    }
    for kind, so in kinds.items():
        if so:
            raise UsageError(f"{name!r} reads as {kind}, not as a new model", "choose another name")
    return name
