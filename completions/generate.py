"""Write the completion scripts of this folder, or with --check say which are stale.

The scripts only ask the command what could come next, so they depend on Typer and on the
command's name alone, not on our commands.

    python completions/generate.py [--check]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
SHELLS = {"bash": "swreg.bash", "zsh": "_swreg", "fish": "swreg.fish"}
ZSH_LAST_LINE = "compdef _swreg_completion swreg"
# As a file on fpath the script is itself the completing function when it is first called; Typer's
# would only define another one then, and the first press of the key would show nothing.
ZSH_LAST_LINES = """\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _swreg_completion "$@"
else
  compdef _swreg_completion swreg
fi"""
APP = "import typer; app = typer.Typer(); app.command()(lambda: None); app(prog_name='swreg')"


def script(shell: str) -> str:
    """The completion script for a shell, as Typer writes it."""
    run = subprocess.run(
        [sys.executable, "-c", APP],
        env={**os.environ, "_SWREG_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    # zsh reads `#compdef` on the first line only.
    text = run.stdout.strip()
    if shell == "zsh":
        text = text.removesuffix(ZSH_LAST_LINE) + ZSH_LAST_LINES
    return text + "\n"


def main(arguments: list[str]) -> int:
    """Write, or compare and name what differs."""
    stale = []
    for shell, name in SHELLS.items():
        path, text = FOLDER / name, script(shell)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"completions/{name} is stale; run: python completions/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
