import pytest

from swreg.domain.measures import METRICS, PERFORMANCE, direction, is_metric, label, ordered, stem


@pytest.mark.parametrize(
    "name", ["accuracy", "recall", "roc_auc", "test_f1_score", "cv_r2", "throughput"]
)
def test_more_is_better(name: str) -> None:
    assert direction(name) == "higher"


@pytest.mark.parametrize(
    "name",
    ["error_rate", "val_loss", "rmse", "test_mae", "inference_latency_p50", "model_size",
     "cpu_usage", "memory_usage"],
)  # fmt: skip
def test_less_is_better(name: str) -> None:
    assert direction(name) == "lower"


def test_the_caller_knows_better_than_the_table() -> None:
    assert direction("accuracy", {"accuracy": "lower"}) == "lower"
    assert direction("uplift", {"accuracy": "lower"}) is None


def test_marks_are_taken_off_only_around_known_names() -> None:
    assert stem("valid_precision@10") == "precision"
    assert stem("valid_uplift") == "valid_uplift"
    assert stem("accuracy of it") == "accuracy of it"
    assert is_metric("train_accuracy")
    assert not is_metric("num_features")


def test_performance_is_no_metric_and_every_label_is_said_once() -> None:
    assert not set(PERFORMANCE) & set(METRICS)
    labels = [label(name) for name in (*METRICS, *PERFORMANCE)]
    assert len(set(labels)) == len(labels)


def test_the_order_is_that_of_the_table() -> None:
    assert ordered(["b", "model_size", "a", "val_recall", "accuracy"]) == [
        "accuracy", "val_recall", "model_size", "a", "b",
    ]  # fmt: skip
