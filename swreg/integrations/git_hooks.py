"""Our git hooks: an entry for the pre-commit program, or plain hooks that chain to what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from swreg.cli.commands_table import COMMANDS
from swreg.domain.owned import HASH, OwnBlock, OwnFile, Wanted
from swreg.errors import BrokenFile
from swreg.operations.installing import Place, read
from swreg.storage.files import disk_errors

CONFIG = ".pre-commit-config.yaml"
ASIDE = ".before-swreg"


class Hook(NamedTuple):
    """A command that git runs at some moment; `files` says which changed paths it is for."""

    id: str
    moment: str
    words: str
    name: str
    files: str = r"^\.specweave/"

    @property
    def exists(self) -> bool:
        """Whether this swreg has the command."""
        return self.words.split()[0] in COMMANDS


HOOKS = (
    Hook("swreg-check", "pre-commit", "registry-check --staged", "the model registry is in order"),
    Hook("swreg-reconcile", "post-commit", "reconcile", "completed increments are registered"),
)

_SCRIPT = """\
#!/bin/sh
# Runs swreg, then the hook that was here before. Made by `swreg install hooks`.
if command -v swreg >/dev/null 2>&1; then
{lines}
fi
before="$(dirname "$0")/{moment}{aside}"
if [ -x "$before" ]; then
  exec "$before" "$@"
fi
"""


def available() -> list[Hook]:
    """The hooks whose command this swreg has."""
    return [hook for hook in HOOKS if hook.exists]


def places(root: Path, hooks: Path) -> list[Place]:
    """Where our hooks go: the pre-commit program's configuration if there is one, else git's own."""
    if (root / CONFIG).is_file():
        return [Place(root=root, path=CONFIG, piece=Entries(tuple(available())))]
    moments: dict[str, list[Hook]] = {}
    for hook in available():
        moments.setdefault(hook.moment, []).append(hook)
    return [
        Place(
            root=hooks,
            path=moment,
            piece=OwnFile(body=script(moment, group), comment=HASH),
            executable=True,
        )
        for moment, group in moments.items()
    ]


def script(moment: str, group: list[Hook]) -> str:
    """The plain hook of one moment. A post hook can refuse nothing any more, so it only tells."""
    after = "true" if moment.startswith("post-") else "exit $?"
    # What git sends a hook on its input is for the hook that was there before.
    lines = "\n".join(f"  swreg {hook.words} </dev/null || {after}" for hook in group)
    return _SCRIPT.format(lines=lines, moment=moment, aside=ASIDE)


def move_aside(hooks: Path, places_: list[Place]) -> list[str]:
    """Rename the hooks that are in our way, so that ours call them; their old names."""
    moved = []
    for place in places_:
        aside = place.file.with_name(place.path + ASIDE)
        if place.root != hooks or aside.exists() or not is_foreign(place):
            continue
        with disk_errors(f"move {place.file} aside"):
            place.file.rename(aside)
        moved.append(place.path)
    return moved


def move_back(hooks: Path, names: list[str]) -> list[str]:
    """Undo `move_aside` where ours are gone."""
    back = []
    for name in names:
        aside = hooks / (name + ASIDE)
        if aside.exists() and not (hooks / name).exists():
            with disk_errors(f"move {aside} back"):
                aside.rename(hooks / name)
            back.append(name)
    return back


def is_foreign(place: Place) -> bool:
    """Whether a hook is there that we did not write."""
    text = read(place.file)
    return text is not None and "swreg: generated " not in text


@dataclass(frozen=True, slots=True)
class Entries:
    """Our entry in the list `repos` of the pre-commit program's configuration."""

    hooks: tuple[Hook, ...]

    def put(self, text: str | None) -> Wanted:
        text = text if text and text.endswith("\n") else f"{text or 'repos:'}\n"
        before, after, indent = _end_of_repos(self._without(text))
        block = self._block(indent).put(None).text or ""
        lines = "".join(f"{indent}{line}" for line in block.splitlines(keepends=True))
        return Wanted(before + lines + after, self._block(indent).put(_flush(text)).obstacle)

    def take(self, text: str | None) -> Wanted:
        if text is None:
            return Wanted(None)
        return Wanted(self._without(text), self._block("").take(_flush(text)).obstacle)

    def _without(self, text: str) -> str:
        before, inside, after = self._block("").split(text)
        return text if inside is None else before + after

    def _block(self, indent: str) -> OwnBlock:
        lines = ["- repo: local", "  hooks:"]
        for hook in self.hooks:
            lines += [
                f"    - id: {hook.id}",
                f"      name: {hook.name}",
                f"      entry: swreg {hook.words}",
                "      language: system",
                f"      stages: [{hook.moment}]",
                "      pass_filenames: false",
                *([f"      files: '{hook.files}'"] if hook.moment == "pre-commit" else []),
                *(["      always_run: true"] if hook.moment != "pre-commit" else []),
            ]
        return OwnBlock(name="hooks", body="\n".join(lines) + "\n", comment=HASH)


def _flush(text: str) -> str:
    """The text with our block moved to the left margin, where its digest was taken."""
    _, inside, _ = OwnBlock(name="hooks", body="", comment=HASH).split(text)
    if inside is None:
        return text
    indent = re.match(r"[ \t]*", inside)
    width = len(indent[0]) if indent else 0
    return "".join(line[width:] for line in inside.splitlines(keepends=True))


def _end_of_repos(text: str) -> tuple[str, str, str]:
    """The text up to the end of the list `repos`, the rest, and the list's indentation."""
    import yaml

    try:
        node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise BrokenFile(f"{CONFIG} cannot be read: {' '.join(str(error).split())}",
                         "correct the file") from None  # fmt: skip
    found = _repos(node)
    if found is None:
        raise BrokenFile(f"{CONFIG} has no list 'repos' with one entry a line", "write one")
    key, repos = found
    lines = text.splitlines(keepends=True)
    last, indent = key.end_mark.line + 1, ""
    if repos.value:
        last = repos.value[-1].end_mark.line
        first = lines[repos.value[0].start_mark.line]
        indent = first[: len(first) - len(first.lstrip(" "))]
    while last > 0 and not lines[last - 1].strip():
        last -= 1
    before = "".join(lines[:last])
    return before if before.endswith("\n") else f"{before}\n", "".join(lines[last:]), indent


def _repos(node: Any) -> tuple[Any, Any] | None:
    """The key `repos` and its list in block style, or nothing yet."""
    from yaml import MappingNode, SequenceNode

    pairs = node.value if isinstance(node, MappingNode) else []
    for key, value in pairs:
        if key.value == "repos":
            block = isinstance(value, SequenceNode) and not value.flow_style
            return (key, value) if block or value.value == "" else None
    return None
