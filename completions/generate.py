"""Write the completion scripts of this folder, or with --check say which are stale.

The scripts only ask the command what could come next, so they depend on no command of ours.

    python completions/generate.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from swreg.cli.shells import FILES, SCRIPTS  # noqa: E402


def main(arguments: list[str]) -> int:
    """Write, or compare and name what differs."""
    stale = []
    for shell, name in FILES.items():
        path, text = FOLDER / name, SCRIPTS[shell]
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"completions/{name} is stale; run: python completions/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
