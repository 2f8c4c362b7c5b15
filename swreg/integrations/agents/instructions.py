"""What every other agent finds: the skill, a block in AGENTS.md, lines in SpecWeave's memories."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from swreg.domain.owned import MARKDOWN, OwnBlock, OwnLearning
from swreg.integrations.agents.claude import skill_places
from swreg.operations.installing import Place

MEMORIES = ".specweave/skill-memories"
_BLOCK = """\
## Model registry

Which model is where, since when and why is in this repository's model registry. Ask `swreg`, never
the files: `swreg registry-list --json`, `swreg registry-info NAME --json`; `swreg --help` lists the
rest. Read `.agents/skills/model-registry/SKILL.md` before you change anything. Never edit
`model_catalog.yaml`, `deployment_history.md` or a folder below `models/` by hand, and never approve
a model on somebody's behalf.
"""
LEARNINGS = {
    "done": (
        "swreg: when an increment that trained a model is done, list its models with "
        "`swreg registry-list --increment <id> --all-versions`, register what is missing with "
        "`swreg registry-register`, then run `swreg sync-docs update`."
    ),
    "sync-docs": (
        "swreg: also run `swreg sync-docs update`, which writes "
        ".specweave/docs/internal/architecture/model-registry.md; never edit between its markers."
    ),
}


def places(root: Path) -> list[Place]:
    """The skill below `.agents`, and our block in AGENTS.md."""
    block = OwnBlock(name="agents", body=_BLOCK, comment=MARKDOWN)
    return [*skill_places(root, ".agents"), Place(root=root, path="AGENTS.md", piece=block)]


def memories(root: Path, today: date) -> list[Place]:
    """The lines that make SpecWeave's own `done` and `sync-docs` call us; none without SpecWeave."""
    if not (root / ".specweave" / "config.json").is_file():
        return []
    return [
        Place(
            root=root,
            path=f"{MEMORIES}/{skill}.md",
            piece=OwnLearning(skill=skill, text=text, today=today),
        )
        for skill, text in LEARNINGS.items()
    ]
