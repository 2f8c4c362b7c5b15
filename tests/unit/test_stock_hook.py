"""The repair of SpecWeave's commit hook as text; with the real program in tests/repo."""

from __future__ import annotations

import os
from pathlib import Path

from swreg.storage.stock_hook import broken, mend, mended

STOCK = (
    "#!/bin/sh\n#\n# SpecWeave Pre-Commit Hook (User Projects)\nFILES=(\n  'a'\n)\n"
    "  ALL_IDS=$(find .specweave/increments -maxdepth 2 -type d | \\\n"
    "    grep -oE '/[0-9]{4}-' | \\\n    sort)\n"
)


def test_only_the_defects_change() -> None:
    text = mended(STOCK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "-name '[0-9][0-9][0-9][0-9]*-*'" in text
    assert text.replace("\n", "").endswith("sort)")
    assert mended(text) == text
    assert mended(STOCK.replace("SpecWeave", "My")) == STOCK.replace("SpecWeave", "My")


def test_files_are_found_mended_and_stay_executable(tmp_path: Path) -> None:
    names = ["pre-commit", "pre-commit.legacy", "pre-commit.before-swreg"]
    for name in names:
        (tmp_path / name).write_text(STOCK, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "commit-msg").write_text(STOCK, encoding="utf-8")
    found = broken(tmp_path)
    assert [path.name for path in found] == names
    for path in found:
        mend(path)
        assert os.access(path, os.X_OK)
    assert broken(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "commit-msg", "pre-commit", "pre-commit.before-swreg", "pre-commit.legacy",
    ]  # fmt: skip


def test_a_link_and_nothing_at_all_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(STOCK, encoding="utf-8")
    (tmp_path / "pre-commit").symlink_to(elsewhere)
    mend(tmp_path / "pre-commit")
    mend(tmp_path / "none")
    assert broken(tmp_path) == []
    assert elsewhere.read_text(encoding="utf-8") == STOCK
