"""One writer: `python -m tests.races.writer FOLDER NAME COUNT`; prints a version when it stands."""

from __future__ import annotations

import sys
from pathlib import Path

from swreg.errors import Contention
from tests.acts import enter, opened


def main() -> None:
    folder, name, count = sys.argv[1:]
    for number in range(int(count)):
        try:
            enter(opened(Path(folder)), f"v{number}.0.0", name=name)
        except Contention:
            continue
        print(f"v{number}.0.0", flush=True)


if __name__ == "__main__":
    main()
