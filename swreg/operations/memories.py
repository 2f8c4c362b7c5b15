"""Our lines in the memories of SpecWeave's own skills, which make `done` and `sync-docs` call us."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from swreg.domain.owned import OwnLearning
from swreg.operations.installing import Place, read

MEMORIES = ".specweave/skill-memories"
LEARNINGS = {
    "done": (
        "swreg: after an increment that trained models is done, run `swreg reconcile`, which "
        "registers what it left behind, then `swreg sync-docs update`."
    ),
    "sync-docs": (
        "swreg: also run `swreg sync-docs update`, which writes "
        ".specweave/docs/internal/architecture/model-registry.md; never edit between its markers."
    ),
}
_INSTALLED = (".claude/skills/model-registry/SKILL.md", ".agents/skills/model-registry/SKILL.md")


def memories(root: Path, today: date) -> list[Place]:
    """The lines, each in the memory of its skill; none without SpecWeave."""
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


def stale_memories(root: Path, today: date) -> list[Place]:
    """Those that lack our line, or have an old one; none where we were never installed.

    SpecWeave drops lines of more than 90 days, so that a missing one may have been there: our skill
    beside it says that it was.
    """
    places = memories(root, today)
    texts = {place.path: read(place.file) for place in places}
    installed = any((root / name).is_file() for name in _INSTALLED)
    if not installed and not any("**: swreg: " in (text or "") for text in texts.values()):
        return []
    return [
        place for place in places if place.piece.put(texts[place.path]).text != texts[place.path]
    ]
