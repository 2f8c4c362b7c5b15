"""How a comparison reads: the report of the terminal and the table of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from swreg.domain.markdown import code
from swreg.domain.names import visible

if TYPE_CHECKING:
    from swreg.domain.comparison import Comparison, Measure

_MARKS = {"better": "✅", "worse": "❌", "equal": "=", "unknown": "?", "mixed": "?"}
_ABSENT = "absent"
_NAMES_SHOWN = 20


def number_pair(old: float | None, new: float | None) -> tuple[str | None, str | None]:
    """Both numbers with two to four decimals, and with more where they would look the same.

    >>> number_pair(0.6, 0.62), number_pair(0.87, 0.870000001)
    (('0.60', '0.62'), ('0.87', '0.870000001'))
    """
    pairs = [(_number(old, decimals), _number(new, decimals)) for decimals in (4, 6, 9, 17)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def _number(value: float | None, decimals: int) -> str | None:
    if value is None:
        return None
    if value and not 10**-decimals * 10 <= abs(value) < 1e9:
        return f"{value:.{decimals}g}"
    whole, _, part = f"{value:.{decimals}f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def report(comparison: Comparison) -> str:
    """The layout of the terminal: title, metrics, performance, features, recommendation."""
    title = f"Comparison: {visible(comparison.a)} vs {visible(comparison.b)}"
    width = max((len(visible(one.label)) for one in comparison.measures), default=0) + 2
    parts = [
        f"{title}\n{'=' * len(title)}",
        _section("Metrics", _metric_lines(comparison, width)),
        _section("Performance", (_line(one, width) for one in comparison.performance.values())),
        _section("Features", _feature_lines(comparison)),
        *([_section("Signature", _broken(comparison))] if comparison.signature else []),
        f"Recommendation: {recommendation(comparison)}",
    ]
    return "\n\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{title}:", *(f"- {line}" for line in list(lines) or ["none to compare"])])


def _metric_lines(comparison: Comparison, width: int) -> Iterator[str]:
    for name, one in comparison.metrics.items():
        yield _line(one, width) + _chance(comparison, name)
    yield from _how_tested(comparison)


def _chance(comparison: Comparison, name: str) -> str:
    """How likely the difference is by chance, behind a metric that was tested."""
    tested = comparison.significance.get(name)
    if tested is None:
        return ""
    return " p<0.001" if tested.p < 0.001 else f" p={tested.p:.3f}"


def _how_tested(comparison: Comparison) -> list[str]:
    """One line on the test behind the p-values; none where nothing was tested."""
    tests = {f"p: {one.test} over {one.folds} folds" for one in comparison.significance.values()}
    return sorted(tests)


def _line(one: Measure, width: int) -> str:
    name = f"{visible(one.label)}:".ljust(width)
    old, new = (visible(text or _ABSENT) for text in (one.old, one.new))
    change = _change(one)
    return f"{name}{old} → {new}{f' ({change})' if change else ''} {_MARKS[one.result]}"


def _change(one: Measure) -> str:
    """The relative change in percent with one decimal, or as many as show that there is one."""
    if one.result == "equal":
        return ""
    if one.change is None:
        return "" if one.result == "unknown" else "no ratio"
    percent = one.change * 100
    return f"{percent:+.1f}%" if 0.05 <= abs(percent) < 1e6 else f"{percent:+.1g}%"


def _feature_lines(comparison: Comparison) -> Iterator[str]:
    changes = comparison.features
    if changes.added:
        yield f"Added: {_listed(changes.added)}"
    if changes.removed:
        yield f"Removed: {_listed(changes.removed)}"
    counts = (("retyped", changes.retyped), ("rescaled", changes.rescaled))
    modified = [f"{_count(names, 'feature')} {what}" for what, names in counts if names]
    if modified:
        yield f"Modified: {', '.join(modified)}"
    if not changes:
        yield "no change recorded"


def _count(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _listed(names: Sequence[str], *, markdown: bool = False) -> str:
    shown = [code(name) if markdown else visible(name) for name in names[:_NAMES_SHOWN]]
    more = len(names) - len(shown)
    return ", ".join([*shown, *([f"and {more} more"] if more else [])])


def _broken(comparison: Comparison) -> Iterator[str]:
    return (f"incompatible: {visible(reason)}" for reason in comparison.signature)


def recommendation(comparison: Comparison, *, markdown: bool = False) -> str:
    """The verdict as one sentence, with its mark and what speaks for it."""
    show = code if markdown else visible
    newer, older = show(comparison.b), show(comparison.a)
    better, worse, equal = (comparison.labels(r) for r in ("better", "worse", "equal"))
    verdict, mark = comparison.verdict, _MARKS[comparison.verdict]
    if verdict == "better":
        of_all = len(comparison.measures)
        among = "all metrics" if len(better) == of_all else f"{len(better)} of {of_all} metrics"
        text = f"{newer} is better (improvement in {among})"
    elif verdict == "worse":
        text = f"{newer} is worse ({', '.join(map(show, worse))})"
    elif verdict == "mixed":
        up, down = (", ".join(map(show, labels)) for labels in (better, worse))
        text = f"{newer} is better in {up}; worse in {down}"
    elif equal:
        text = f"{newer} equals {older} in every metric that can be compared"
    else:
        mark, text = "?", "no metric of both versions can be judged"
    breaks = f"; it breaks the callers of {older}" if comparison.signature else ""
    return f"{mark} {text}{breaks}"


def markdown(comparison: Comparison) -> str:
    """Tables for a pull-request comment; all text that is not ours stands in code spans."""
    old, new = code(comparison.a), code(comparison.b)
    lines = [
        f"### Comparison: {old} vs {new}",
        "",
        f"| Measure | {old} | {new} | Change | |",
        "| --- | ---: | ---: | ---: | --- |",
        *(_row(one, _chance(comparison, name)) for name, one in comparison.metrics.items()),
        *(_row(one) for one in comparison.performance.values()),
        "",
        *(line for test in _how_tested(comparison) for line in (test, "")),
        "| Features and signature | |",
        "| --- | --- |",
        *(f"| {what} | {names} |" for what, names in _markdown_changes(comparison)),
        "",
        f"**Recommendation:** {recommendation(comparison, markdown=True)}",
    ]
    return "\n".join(lines) + "\n"


def _row(one: Measure, chance: str = "") -> str:
    old, new = (code(text) if text else _ABSENT for text in (one.old, one.new))
    return f"| {code(one.label)} | {old} | {new} | {f'{_change(one)}{chance}'.strip()} | {_MARKS[one.result]} |"


def _markdown_changes(comparison: Comparison) -> Iterator[tuple[str, str]]:
    changes = comparison.features
    for what in ("added", "removed", "retyped", "rescaled"):
        names = getattr(changes, what)
        if names:
            yield what.capitalize(), _listed(names, markdown=True)
    for reason in comparison.signature:
        yield "Incompatible", code(reason)
    if not changes and not comparison.signature:
        yield "No change recorded", ""
