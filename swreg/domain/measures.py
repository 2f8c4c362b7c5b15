"""What we know of metrics and performance figures: how they are called and where better lies.

A name is known with the usual marks around it: `val_accuracy`, `precision@10`, `test_rmse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

Direction = Literal["higher", "lower"]

_HIGHER = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "roc_auc": "ROC AUC",
    "f1_score": "F1 score",
    "auc": "AUC",
    "pr_auc": "PR AUC",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "f1_macro": "F1 macro",
    "f1_micro": "F1 micro",
    "f1_weighted": "F1 weighted",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "mcc": "MCC",
    "r2": "R²",
    "r2_score": "R² score",
    "explained_variance": "Explained variance",
    "ndcg": "NDCG",
    "map": "MAP",
    "mrr": "MRR",
    "hit_rate": "Hit rate",
    "iou": "IoU",
    "bleu": "BLEU",
    "rouge": "ROUGE",
}
_LOWER = {
    "error_rate": "Error rate",
    "false_positive_rate": "False positive rate",
    "false_negative_rate": "False negative rate",
    "loss": "Loss",
    "log_loss": "Log loss",
    "brier_score": "Brier score",
    "rmse": "RMSE",
    "mse": "MSE",
    "mae": "MAE",
    "mape": "MAPE",
    "smape": "SMAPE",
    "rmsle": "RMSLE",
    "perplexity": "Perplexity",
    "wer": "WER",
    "cer": "CER",
}
_PERFORMANCE: dict[str, tuple[str, Direction]] = {
    "inference_latency_p50": ("Latency", "lower"),
    "inference_latency_p95": ("Latency p95", "lower"),
    "inference_latency_p99": ("Latency p99", "lower"),
    "inference_latency": ("Latency (mean)", "lower"),
    "model_size": ("Size", "lower"),
    "cpu_usage": ("CPU", "lower"),
    "memory_usage": ("Memory", "lower"),
    "gpu_memory_usage": ("GPU memory", "lower"),
    "throughput": ("Throughput", "higher"),
}
METRICS: dict[str, tuple[str, Direction]] = {
    **{name: (label, "higher") for name, label in _HIGHER.items()},
    **{name: (label, "lower") for name, label in _LOWER.items()},
}
PERFORMANCE: tuple[str, ...] = tuple(_PERFORMANCE)
"""The keys of metadata that say what running the model costs, in the order we show them."""

_KNOWN = METRICS | _PERFORMANCE
_TOLERANCE = {"model_size": 0.01}
"""A byte more or less of a file is no reason for or against a version."""
_ORDER = {name: place for place, name in enumerate(_KNOWN)}
_MARKS = re.compile(
    r"(?:(?:train|training|val|valid|validation|test|cv|holdout)_)?(\w+?)(?:@\d{1,6})?", re.ASCII
)


def stem(name: str) -> str:
    """The known name inside a marked one, else the name itself.

    >>> stem("val_accuracy"), stem("precision@10"), stem("uplift")
    ('accuracy', 'precision', 'uplift')
    """
    found = _MARKS.fullmatch(name)
    return found[1] if found and found[1] in METRICS else name


def is_metric(name: str) -> bool:
    """Whether a key at the top of metadata is a metric of ours."""
    return stem(name) in METRICS


def direction(name: str, directions: Mapping[str, Direction] | None = None) -> Direction | None:
    """Which way is better: what the caller says, else what the table says, else None.

    >>> direction("accuracy"), direction("val_loss"), direction("uplift")
    ('higher', 'lower', None)
    >>> direction("uplift", {"uplift": "higher"})
    'higher'
    """
    if directions and name in directions:
        return directions[name]
    known = _KNOWN.get(stem(name))
    return known[1] if known else None


def label(name: str) -> str:
    """How a measure is shown; a name that we do not know stands as it is.

    >>> label("inference_latency_p50"), label("roc_auc"), label("uplift_7d")
    ('Latency', 'ROC AUC', 'uplift_7d')
    """
    known = _KNOWN.get(name)
    return known[0] if known else name


def ordered(names: Iterable[str]) -> list[str]:
    """The names as a reader expects them: in the order of the table, the others by alphabet.

    >>> ordered({"uplift", "recall", "accuracy"})
    ['accuracy', 'recall', 'uplift']
    """
    return sorted(names, key=lambda name: (_ORDER.get(stem(name), len(_ORDER)), name))


def tolerance(name: str) -> float:
    """The share of a measure's value below which a difference is none.

    >>> tolerance("model_size"), tolerance("accuracy")
    (0.01, 1e-12)
    """
    return _TOLERANCE.get(name, 1e-12)
