"""What people install: the right files in the right places, and it works away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sdist and the wheel that is built from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return out


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (wheel,) = built.glob("*.whl")
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def test_the_wheel_has_package_shim_templates_types_licence_and_completions(unpacked: Path) -> None:
    (data,) = unpacked.glob("swreg-*.data")
    (info,) = unpacked.glob("swreg-*.dist-info")
    share = data / "data" / "share"
    wanted = [
        unpacked / "swreg" / "__init__.py",
        unpacked / "swreg" / "py.typed",
        unpacked / "specweave.py",
        share / "bash-completion" / "completions" / "swreg",
        share / "zsh" / "site-functions" / "_swreg",
        share / "fish" / "vendor_completions.d" / "swreg.fish",
        share / "powershell" / "completions" / "swreg.ps1",
        share / "man" / "man1" / "swreg.1",
        info / "licenses" / "LICENSE",
    ]
    assert [path for path in wanted if not path.is_file()] == []
    assert "swreg = swreg.cli:main" in (info / "entry_points.txt").read_text(encoding="utf-8")


def test_the_wheel_has_every_template_and_every_module_and_nothing_more(unpacked: Path) -> None:
    def tracked(*folders: str) -> set[str]:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
        run = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, check=True)
        names = run.stdout.decode().split("\0")
        return {name for name in names if name and (ROOT / name).is_file()}

    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so there is no list of files to compare with")
    expected = tracked("swreg", "specweave.py") | {f"swreg/{name}" for name in tracked("templates")}
    found = {
        path.relative_to(unpacked).as_posix()
        for path in unpacked.rglob("*")
        if path.is_file() and not path.relative_to(unpacked).parts[0].startswith("swreg-")
    }
    assert found == expected


def test_the_shim_is_one_module_file_and_no_package_folder(unpacked: Path) -> None:
    assert not (unpacked / "specweave").exists()


def test_the_wheel_imports_away_from_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import swreg, specweave\n"
        "assert specweave.Version is swreg.Version\n"
        "print(swreg.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    assert Path(run.stdout.strip()) == unpacked / "swreg" / "__init__.py"


def test_a_package_folder_of_that_name_wins_over_the_shim(unpacked: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "specweave").mkdir(parents=True)
    (site / "specweave" / "__init__.py").write_text("OWNER = 'somebody else'\n", encoding="utf-8")
    (site / "specweave.py").write_bytes((unpacked / "specweave.py").read_bytes())
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import specweave; print(specweave.OWNER)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout == "somebody else\n"


def test_the_sdist_has_what_a_packager_builds_and_tests_with(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "pyproject.toml", "specweave.py",
        "swreg/__init__.py", "swreg/py.typed", "tests/conftest.py", "completions/generate.py",
    }  # fmt: skip
    assert wanted - names == set()
