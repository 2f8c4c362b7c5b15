"""The specification on MLflow: its block as written, then every other block on that registry."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import swreg
from tests.conftest import Repo
from tests.mlflow.conftest import Start
from tests.mlflow.proxy import Proxy, proxied
from tests.mlflow.servers import running
from tests.mlflow.world import World as Shown
from tests.specification.test_blocks import BLOCKS, STEPS
from tests.specification.world import FEATURES, NAME, World, trained

pytestmark = [pytest.mark.real, pytest.mark.slow]

HOST = "http://mlflow.company.com"
BLOCK = "MLflow Model Registry"
# Literal dots and host names are placeholders in the specification.
WORDS = {
    "registry.register_model(...)": "registry.register_model(**registering)",
    "registry.promote_model(...)": "registry.promote_model(**promoting)",
}


def filled(text: str) -> str:
    for placeholder, words in WORDS.items():
        assert placeholder in text
        text = text.replace(placeholder, words)
    return text


@pytest.fixture
def company(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The server under the name that the specification gives it."""
    proxy.keep_host = False
    monkeypatch.setenv("http_proxy", proxy.uri)
    monkeypatch.delenv("no_proxy", raising=False)
    return proxy


def test_the_block_runs_as_written(
    repo: Repo, company: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    names: dict[str, Any] = {
        "registering": {"name": NAME, "model": trained(1), "metadata": {"features": FEATURES}},
        "promoting": {"name": NAME, "version": "v1.0.0", "to_stage": "staging"},
    }
    exec(compile(filled(BLOCKS[BLOCK]), BLOCK, "exec"), names)
    registry = names["registry"]
    assert isinstance(registry, swreg.MLflowRegistry)
    assert registry.drift() == ()
    shown = Shown(repo, company.target, NAME)
    assert shown.aliases() == {"staging": "1.0.0"}
    assert list(registry.get_model(NAME, stage="staging").predict([[3.0, 0.0, 3.0]])) == [True]


@pytest.fixture
def empty(start_mlflow: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A server of its own under that name, because the story's model has the name of others."""
    start_mlflow("3")
    with running("3", tmp_path / "server") as server, proxied(server.uri) as one:
        one.keep_host = False
        monkeypatch.setenv("http_proxy", one.uri)
        monkeypatch.delenv("no_proxy", raising=False)
        yield one


def test_all_operations_work_with_it(
    repo: Repo, empty: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole specification in its order, on a registry that MLflow shows."""
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-10T09:00:00Z")
    world = World(repo)
    world.names["run_ab_test"] = swreg.run_ab_test
    opening = 'MLflowRegistry(tracking_uri="http://mlflow.company.com", increment="0042")'
    for heading, step in STEPS.items():
        # The registry in a bucket is another one, and the way to it is not MLflow's.
        if step.missing or step.elsewhere or heading == "Custom Registry":
            continue
        text = BLOCKS[heading]
        if heading == "1. Model Registration":
            text = text.replace("import ModelRegistry", "import MLflowRegistry")
            text = text.replace('ModelRegistry(increment="0042")', opening)
            assert opening in text
        step.before(world, monkeypatch)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, heading, "exec"), world.names)
        step.after(world)
    registry = world.registry
    assert isinstance(registry, swreg.MLflowRegistry)
    # Experiments and environments register through `ModelRegistry`; the next change shows it.
    registry.tag_model(NAME, "v3.0.0", add=["shown"])
    assert registry.drift() == ()
    shown = Shown(repo, empty.target, NAME)
    assert shown.aliases()["production"] == "3.1.0"
