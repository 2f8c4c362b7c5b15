"""Which distributions a model needs: those of the modules its pickle really imports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from swreg.errors import UsageError
from swreg.formats.standins import Name

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[\w,. -]*\])?\s*"
    r"(?:==\s*(?P<version>[0-9A-Za-z.!+_-]+))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """Lines of a requirements.txt, `name==version` in order, and what a reader should know."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def modules_of(model: object, names: Iterable[Name]) -> tuple[str, ...]:
    """The modules that a model's classes come from, in order.

    These are the modules of the globals `names` of its pickle, and those of the base classes of
    every class among them. Nothing is imported: a class that was not loaded has no bases here.
    """
    kinds: list[Any] = [type(model)]
    modules = set()
    for name in names:
        modules.add(name.module)
        kinds.append(vars(sys.modules.get(name.module, object)).get(name.name))
    for kind in kinds:
        if isinstance(kind, type):
            modules.update(str(base.__module__) for base in kind.__mro__)
    return tuple(sorted(modules - {"builtins", "__builtin__"}))


def requirements(modules: Iterable[str], declared: str = "") -> Requirements:
    """The requirements of a model that imports these modules.

    `declared` is what the caller said, one distribution a line (`xgboost==1.7.0`): it wins, and a
    difference is a warning. So is a module that belongs to no installed distribution. Raises
    `UsageError` for a declared line that names no distribution.
    """
    owners = metadata.packages_distributions()
    lines: dict[str, str] = {}
    aliases: dict[str, str] = {}
    warnings: list[str] = []
    for top in sorted({module.partition(".")[0] for module in modules}):
        if top in sys.stdlib_module_names and top != "__main__":
            continue
        if top not in owners:
            warnings.append(f"{top} belongs to no installed distribution; readers need its source")
        for owner in sorted(set(owners.get(top, ()))):
            lines[_canonical(owner)] = f"{owner}=={metadata.version(owner)}"
            aliases[_canonical(top)] = _canonical(owner)
    for line in filter(None, map(str.strip, declared.splitlines())):
        warnings += _declare(line, lines, aliases)
    return Requirements(
        lines=tuple(line for _, line in sorted(lines.items())), warnings=tuple(warnings)
    )


def framework_line(name: str | None, lines: Iterable[str]) -> str | None:
    """A library with its version, also where a distribution of another name brings it.

    >>> framework_line("xgboost", ["numpy==2.4.6", "xgboost-cpu==3.2.0"])
    'xgboost==3.2.0'
    """
    if name is None:
        return None
    versions = {one: version for one, _, version in (line.partition("==") for line in lines)}
    version = versions.get(name) or versions.get(f"{name}-cpu")
    return f"{name}=={version}" if version else name


def _declare(line: str, lines: dict[str, str], aliases: dict[str, str]) -> list[str]:
    """Put one declared line in the place of what was found; the warnings that this is worth."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise UsageError(f"framework {line!r} is no requirement", "write it as xgboost==2.1.0")
    name = _canonical(match["name"])
    key = name if name in lines else aliases.get(name, name)
    found = lines.pop(key, None)
    if found is not None and match["version"] is None:
        lines[key] = found
        return []
    lines[name] = line
    if found is None:
        return [f"{line} is declared, but the model imports nothing of it"]
    if found.partition("==")[2] != match["version"]:
        return [f"{line} is declared, but {found} is installed"]
    return []


def _canonical(name: str) -> str:
    """The one spelling of a distribution's name.

    >>> _canonical("Scikit_Learn")
    'scikit-learn'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
