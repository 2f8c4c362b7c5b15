"""What every other agent finds: the skill, and a block in AGENTS.md."""

from __future__ import annotations

from pathlib import Path

from swreg.domain.owned import MARKDOWN, OwnBlock
from swreg.integrations.agents.claude import skill_places
from swreg.operations.installing import Place

_BLOCK = """\
## Model registry

Which model is where, since when and why is in this repository's model registry. Ask `swreg`, never
the files: `swreg registry-list --json`, `swreg registry-info NAME --json`; `swreg --help` lists the
rest. Read `.agents/skills/model-registry/SKILL.md` before you change anything. Never edit
`model_catalog.yaml`, `deployment_history.md` or a folder below `models/` by hand, and never approve
a model on somebody's behalf.
"""


def places(root: Path) -> list[Place]:
    """The skill below `.agents`, and our block in AGENTS.md."""
    block = OwnBlock(name="agents", body=_BLOCK, comment=MARKDOWN)
    return [*skill_places(root, ".agents"), Place(root=root, path="AGENTS.md", piece=block)]
