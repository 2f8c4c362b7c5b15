"""Modules of PyTorch are registered like any model; what is not known of them is not recorded."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from swreg import ModelRegistry
from swreg.operations.objects import _signature
from tests.conftest import Repo

torch = pytest.importorskip("torch", reason="torch is missing")


class Net(torch.nn.Module):  # type: ignore[misc, name-defined]
    """As people write one: without hints."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x):  # type: ignore[no-untyped-def]
        return self.layer(x)


class Odd:
    """Something to call, with a hint that means nothing."""

    def __call__(self, x: "Nowhere") -> float:  # type: ignore[name-defined] # noqa: F821, UP037
        return 1.0


MODELS: dict[str, Any] = {
    "sequential": lambda: torch.nn.Sequential(torch.nn.Linear(2, 1)),
    "list": lambda: torch.nn.ModuleList([torch.nn.Linear(2, 1)]),
    "net": Net,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_module_is_registered(repo: Repo, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = ModelRegistry(path=repo.path).register_model(name, MODELS[name]())
    assert (made.name, made.version) == (name, "v1.0.0")


def test_hints_that_cannot_be_read_are_a_note_and_no_refusal() -> None:
    notes: list[str] = []
    assert _signature(Odd(), None, notes) is None
    assert notes == [
        "no signature is recorded: the type hints cannot be read: name 'Nowhere' is not defined"
    ]
