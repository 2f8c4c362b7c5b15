"""Features read off a sample: name, type, range, categories.

Types are words: `int`, `float`, `bool`, `str`, `category`, `datetime`, `duration`, `complex`, and
`any` where a column holds a mixture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from swreg.errors import UsageError

# More distinct texts than this are free text (or identifiers), not categories.
MOST_CATEGORIES = 50

_WORDS = {
    "b": "bool",
    "i": "int",
    "u": "int",
    "f": "float",
    "c": "complex",
    "U": "str",
    "S": "str",
    "M": "datetime",
    "m": "duration",
}


def features_from(sample: Any, *, names: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The features of a pandas DataFrame or Series, or of a NumPy array (rows by features).

    Each is `{"name", "dtype", "minimum", "maximum", "categories"}`. Only numbers have a range
    (else None), over the finite values; only texts have categories (else none, and none where
    there are more than `MOST_CATEGORIES`). `names` name the columns of an array, else they are
    `x0`, `x1`, ….

    Raises `UsageError` for a sample that is neither, is empty, or has two columns of one name.
    """
    columns = list(_columns(sample, names))
    seen = [name for name, _ in columns]
    if not columns or not len(columns[0][1]):
        raise UsageError("the sample has no rows or no columns", "give a few rows of real input")
    twice = sorted({name for name in seen if seen.count(name) > 1})
    if twice:
        raise UsageError(f"the sample has two columns called {twice[0]}", "rename one of them")
    return [_feature(name, values) for name, values in columns]


def _columns(sample: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    kind = type(sample).__module__.partition(".")[0]
    if kind == "pandas" and hasattr(sample, "columns"):
        for at, name in enumerate(sample.columns):
            yield str(name), sample.iloc[:, at]
    elif kind == "pandas" and hasattr(sample, "to_frame"):
        yield str(sample.name if sample.name is not None else "x0"), sample
    elif kind == "numpy" and hasattr(sample, "shape") and sample.ndim in (1, 2):
        table = sample.reshape(len(sample), -1) if sample.size else sample[:0]
        if names and len(names) != table.shape[-1]:
            raise UsageError(f"the sample has {table.shape[-1]} columns and {len(names)} names")
        for at in range(table.shape[-1] if table.ndim == 2 else 0):
            yield (names[at] if names else f"x{at}"), table[:, at]
    else:
        raise UsageError(
            f"a {type(sample).__name__} is no sample", "give a DataFrame or an array of rows"
        )


def _feature(name: str, values: Any) -> dict[str, Any]:
    word = word_of(values)
    minimum = maximum = None
    categories: list[str] = []
    if word == "category":
        categories = [str(value) for value in values.dtype.categories]
    elif word == "str":
        distinct = sorted({str(value) for value in _present(values)})
        categories = distinct if len(distinct) <= MOST_CATEGORIES else []
    elif word in ("int", "float") and (present := _present(values)):
        minimum, maximum = float(min(present)), float(max(present))
    return {
        "name": name,
        "dtype": word,
        "minimum": minimum,
        "maximum": maximum,
        "categories": categories,
    }


def word_of(values: Any) -> str:
    """The word for the type of a pandas or NumPy column."""
    kind = getattr(values.dtype, "kind", "O")
    if hasattr(values.dtype, "categories"):
        return "category"
    if str(values.dtype) in ("string", "str"):
        return "str"
    if kind in _WORDS:
        return _WORDS[kind]
    present = {type(value) for value in _present(values)}
    for plain in (bool, int, float, str):
        if present and present <= ({int, float} if plain is float else {plain}):
            return plain.__name__
    return "any"


def _present(values: Any) -> list[Any]:
    """The values as Python's own, without the missing and the infinite ones."""
    return [value for value in values.tolist() if not _is_missing(value)]


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and not math.isfinite(value)
