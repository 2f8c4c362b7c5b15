"""Loads every live sample as a careless program would, and says which left their marker.

Run as a program of its own: `python -m tests.formats.plain_loader FOLDER`.
"""

from __future__ import annotations

import contextlib
import copyreg
import io
import os
import pickle
import sys
import time
import warnings
from pathlib import Path

from tests.formats.hostile_files import samples


def main(folder: Path) -> None:
    """Print the title of each live sample that did not create its marker."""
    warnings.simplefilter("ignore")
    copyreg.add_extension("posix", "system", 0xF7)
    marker = folder / "marker"
    for sample in samples(marker):
        marker.unlink(missing_ok=True)
        if sample.live:
            file = folder / f"sample{sample.suffix}"
            file.write_bytes(sample.data)
            with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
                load(file)
            if not appears(marker):
                print(sample.title)


def appears(marker: Path) -> bool:
    """Whether the marker is there; programs started on the side get two seconds."""
    end = time.monotonic() + 2
    while not marker.exists() and time.monotonic() < end:
        os.sched_yield()
    return marker.exists()


def load(file: Path) -> object:
    """What a careless program does."""
    if file.suffix == ".joblib":
        import joblib

        return joblib.load(file)
    # A stream that cannot be peeked into: what Python then does at the end of a frame is a trick.
    return pickle.load(io.BytesIO(file.read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
