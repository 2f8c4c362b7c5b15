"""Answers that fit: at most so many rows, and only the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from swreg.cli.output import Block, Shown, Table, in_words, listed
from swreg.errors import UsageError
from swreg.operations.outcome import Outcome

ENOUGH = 100
"""Rows of a `--json` answer where nobody says how many: they fit an agent's context window."""

Tree = dict[str, Any]


def bounded(outcome: Outcome[Any], limit: int, rows: tuple[str, ...]) -> Outcome[Any]:
    """The outcome with at most `limit` rows (0: all) in its data, or in these lists of its data."""
    data = outcome.data
    lists = {name: getattr(data, name) for name in rows} if rows else {"": data}
    long = {name: some[:limit] for name, some in lists.items() if limit and len(some) > limit}
    if not long:
        return outcome
    cut = replace(data, **long) if rows else long[""]
    what = f"only the first {limit} rows{' of each list' if rows else ''} are shown"
    told = (*outcome.warnings, f"{what}; --limit 0 shows all")
    return replace(outcome, data=cut, warnings=told, truncated=True)


def picked(outcome: Outcome[Any], fields: str) -> Shown:
    """Only these fields of the data, or of each of its rows, for people and for programs."""
    from swreg.cli.envelope import plain

    paths = tuple(dict.fromkeys(word.strip() for word in fields.split(",")))
    data = plain(outcome.data)
    for path in paths:
        _require(path, data)
    tree: Tree = {}
    for path in paths:
        branch = tree
        for part in path.split("."):
            branch = branch.setdefault(part, {})
    return Shown(replace(outcome, data=_pick(data, tree)), _text(data, paths))


def _require(path: str, data: Any) -> None:
    """Refuse a field that nothing has; where there are no rows nobody can say."""
    here = [data]
    for part in path.split("."):
        here = list(_flat(here))
        known = list(dict.fromkeys(key for one in here if isinstance(one, dict) for key in one))
        if here and part not in known:
            hint = (
                f"there are: {', '.join(known)}" if known else "what stands before it has no fields"
            )
            raise UsageError(f"no field {path!r}", hint)
        here = [one[part] for one in here if isinstance(one, dict) and part in one]


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for one in values:
        if isinstance(one, list):
            yield from _flat(one)
        elif one is not None:
            yield one


def _pick(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(one, tree) for one in value]
    if not isinstance(value, dict):
        return None
    return {key: _pick(value.get(key), below) for key, below in tree.items()}


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(value, list):
            value = [one.get(part) for one in _flat(value) if isinstance(one, dict)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(data: Any, paths: tuple[str, ...]) -> Iterator[Block]:
    if not isinstance(data, list):
        yield from listed({path: _at(data, path) for path in paths})
    elif data:
        yield Table(
            paths, [tuple(in_words(_at(one, path)) or "-" for path in paths) for one in data]
        )
    else:
        yield "nothing"


def shown(
    outcome: Outcome[Any],
    text: Callable[[Any], Iterable[Block]],
    *,
    limit: int,
    fields: str | None,
    rows: tuple[str, ...],
) -> Shown:
    """An outcome bounded and narrowed as asked, with the text that it has otherwise."""
    cut = bounded(outcome, limit, rows)
    return Shown(cut, text(cut.data)) if fields is None else picked(cut, fields)
