"""A model's signature, `{"inputs": {name: type}, "outputs": {name: type}}`, found out by itself.

Types are the words of `swreg.formats.samples`, with a `?` where a hint says that the value may be
absent; `any` stands where nothing is known.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from swreg.errors import UsageError
from swreg.formats.samples import features_from, word_of

Signature = dict[str, dict[str, str]]
_OUTPUT = "prediction"


def signature_from_sample(model: Any, sample: Any) -> Signature:
    """The signature that a run on a sample shows: its columns in, what `predict` returns out.

    Raises `UsageError` where the sample is none (see `features_from`) or `predict` fails on it.
    A model without `predict` has no outputs here.
    """
    names = tuple(_fitted_names(model)) if not hasattr(sample, "columns") else ()
    wide = getattr(sample, "ndim", 0) == 2 and sample.shape[1] == len(names)
    inputs = {
        feature["name"]: feature["dtype"]
        for feature in features_from(sample, names=names if wide else ())
    }
    predict = getattr(model, "predict", None)
    if not callable(predict):
        return {"inputs": inputs, "outputs": {}}
    try:
        result = predict(sample)
    except Exception as error:
        what = " ".join(str(error).split())
        raise UsageError(
            f"predict fails on the example: {what}", "give rows as the model was trained on"
        ) from error
    return {"inputs": inputs, "outputs": _outputs(result)}


def _outputs(result: Any) -> dict[str, str]:
    if hasattr(result, "columns"):
        return {str(name): word_of(result[name]) for name in result.columns}
    if isinstance(result, Mapping):
        return {str(name): _word_of_value(value) for name, value in result.items()}
    if getattr(result, "ndim", 0) == 2 and result.shape[1] > 1:
        return {f"{_OUTPUT}_{at}": word_of(result[:, at]) for at in range(result.shape[1])}
    return {_OUTPUT: _word_of_value(result)}


def _word_of_value(value: Any) -> str:
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return word_of(value)
    if isinstance(value, (list, tuple)) and value:
        return _word_of_value(value[0])
    return _word_of_hint(type(value))


def signature_from_hints(function: Callable[..., Any]) -> Signature:
    """The signature that a function's type hints state.

    A dataclass, `TypedDict` or named tuple as the return type gives one output a field. Of an
    object that can be called, its `forward` counts, as PyTorch has it, else its `__call__`.
    Raises `UsageError` for hints that cannot be read.

    >>> def score(amount: float, location: str) -> bool: ...
    >>> signature_from_hints(score)
    {'inputs': {'amount': 'float', 'location': 'str'}, 'outputs': {'prediction': 'bool'}}
    """
    if not (inspect.isroutine(function) or isinstance(function, type)):
        function = getattr(function, "forward", None) or type(function).__call__
    try:
        return _of_hints(typing.get_type_hints(function), inspect.signature(function).parameters)
    except Exception as error:  # noqa: BLE001 - evaluated hints raise what they like
        raise UsageError(f"the type hints cannot be read: {error}") from None


def _of_hints(hints: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> Signature:
    inputs = {
        name: _word_of_hint(hints.get(name))
        for name, parameter in parameters.items()
        if name != "self"
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    returned = hints.get("return")
    if returned in (None, type(None)):
        return {"inputs": inputs, "outputs": {}}
    if any((dataclasses.is_dataclass(returned), typing.is_typeddict(returned),
            hasattr(returned, "_fields"))):  # fmt: skip
        fields = typing.get_type_hints(returned)
        if fields:
            outputs = {name: _word_of_hint(hint) for name, hint in fields.items()}
            return {"inputs": inputs, "outputs": outputs}
    return {"inputs": inputs, "outputs": {_OUTPUT: _word_of_hint(returned)}}


def _word_of_hint(hint: Any) -> str:
    """The word for a type.

    >>> _word_of_hint(int), _word_of_hint(list[int]), _word_of_hint(float | None)
    ('int', 'any', 'float?')
    """
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    if len(parts) == 1 and type(None) in typing.get_args(hint):
        return f"{_word_of_hint(parts[0])}?"
    name = getattr(hint, "__name__", "") if isinstance(hint, type) else ""
    if typing.get_origin(hint) is not None:
        return "any"
    for word in ("datetime", "bool", "int", "float", "str", "complex"):
        if name in (word, f"{word}_") or name.rstrip("0123456789") in (word, f"u{word}"):
            return word
    return "any"


def signature_from_fitted(model: Any) -> Signature:
    """The inputs that a fitted scikit-learn model remembers, of type `any`; none where it does not.

    Names come from `feature_names_in_`, else they are `x0` to the count of `n_features_in_`.
    """
    names = _fitted_names(model)
    if not names:
        count = _ask(model, "n_features_in_")
        names = [f"x{at}" for at in range(count)] if isinstance(count, int) else []
    return {"inputs": dict.fromkeys(names, "any"), "outputs": {}}


def _fitted_names(model: Any) -> list[str]:
    names = _ask(model, "feature_names_in_")
    return [] if names is None else [str(name) for name in names]


def _ask(model: Any, attribute: str) -> Any:
    """An attribute, None without; the properties of unfitted models raise what they like."""
    try:
        return getattr(model, attribute, None)
    except Exception:  # noqa: BLE001 - not fitted is not an error here
        return None
