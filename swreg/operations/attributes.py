"""Our block in `.specweave/.gitattributes`: bytes of models stay bytes, files of ours merge well."""

from __future__ import annotations

BEGIN = "# swreg: begin (generated; other lines of this file are yours)"
END = "# swreg: end"
DRIVER = "swreg-catalog"
"""The merge driver's name; `doctor --fix` puts its command into the clone's configuration."""

LINES = (
    "increments/**/models/** -text",
    "environments/**/models/** -text",
    f"**/registry/model_catalog.yaml text eol=lf merge={DRIVER}",
    f"**/registry/lineage_graph.json text eol=lf merge={DRIVER}",
    "**/registry/deployment_history.md text eol=lf merge=union",
    "model-registry.history.md text eol=lf merge=union",
    "model-registry.yaml text eol=lf",
)


def with_block(text: str) -> str:
    """The file's text with our block as it should be; every other line stays as it is.

    >>> text = with_block("*.bin binary\\n")
    >>> text.startswith("*.bin binary\\n"), with_block(text) == text
    (True, True)
    """
    block = "\n".join([BEGIN, *LINES, END]) + "\n"
    lines = text.splitlines(keepends=True)
    begins = [n for n, line in enumerate(lines) if line.startswith("# swreg: begin")]
    ends = [n for n, line in enumerate(lines) if line.strip() == END]
    if begins and ends and begins[0] < ends[-1]:
        return "".join(lines[: begins[0]]) + block + "".join(lines[ends[-1] + 1 :])
    if text and not text.endswith("\n"):
        text += "\n"
    return text + block
