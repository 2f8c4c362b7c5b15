"""What the specification's blocks take for granted: a project, a trained model, names around it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swreg import ModelRegistry, ModelVersion
from tests.conftest import Repo

NAME = "fraud-detection-model"
FEATURES = ["amount_vs_user_average", "days_since_last_purchase", "merchant_risk_score"]


@dataclass
class World:
    """A repository, and the namespace that the blocks share as one script would."""

    repo: Repo
    names: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    servers: ExitStack = field(default_factory=ExitStack)

    @property
    def registry(self) -> ModelRegistry:
        found: ModelRegistry = self.names["registry"]
        return found

    def version(self, number: str) -> ModelVersion:
        """A version as it is now."""
        return self.registry.get_version(NAME, number)

    def in_production(self) -> str:
        return self.registry.get_version(NAME, stage="production").version

    def outcomes(self, *, better: bool) -> None:
        """A week of outcomes for both versions, recorded as a service would."""
        from swreg import ModelMonitor

        monitor = ModelMonitor(self.registry)
        now = time.time()
        treatment = 0.90 if better else 0.80
        for number, count, share in (("v3.0.0", 18_000, 0.80), ("v3.1.0", 2_000, treatment)):
            values = [1.0 if n % 100 < share * 100 else 0.0 for n in range(count)]
            times = [now - 3600 + n * 0.1 for n in range(count)]
            monitor.record("accuracy", values, times, name=NAME, version=number)

    def act_as(self, name: str, mail: str, patch: Any) -> None:
        """Commit as somebody else from here on."""
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", name)
            patch.setenv(f"GIT_{role}_EMAIL", mail)


def trained(seed: int) -> Any:
    """A real classifier on made-up transactions; another seed, another model."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    rows = random.normal(size=(200, len(FEATURES)))
    return LogisticRegression().fit(rows, rows[:, 0] + rows[:, 2] > 0)


def block_texts(path: Path) -> dict[str, str]:
    """The blocks by their heading, in order."""
    import re

    found = re.findall(
        r"^## ([^\n]+)\n\n```python\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(found)
