"""The static site: what is in it, that nothing in it acts, and how it is in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from swreg.cli.app import run
from swreg.operations.site import MARK
from tests.browser.webdriver import Browser, axe_script, browsing
from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo

HOSTILE = (
    "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "'\"></script><!--{{ 7*7 }}</td>javascript:alert(1)"
)
FACTS = {
    "v1.0.0": ["accuracy=0.80", "recall=0.5", "inference_latency_p50=40ms", "features=a,b"],
    "v1.1.0": ["accuracy=0.85", "recall=0.4", "inference_latency_p50=30ms", "features=a,b,c"],
    "v1.2.0": ["accuracy=0.90", "recall=0.6", "inference_latency_p50=30ms", "features=a,b,c"],
}


@pytest.fixture(scope="module")
def site(repo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a registry with an ordinary model and one whose every free text is hostile."""
    top = tmp_path_factory.mktemp("site")
    shutil.copytree(repo_once, top / "repo", symlinks=True)
    at = ["--repo", str(top / "repo")]
    file = top / "model.bin"
    for version, facts in FACTS.items():
        file.write_text(version)
        words = [word for fact in facts for word in ("--metadata", fact)]
        assert run(["registry-register", MODEL, *at, "--artifact", str(file), "--version", version,
                    "--tag", "fraud", *words]) == 0  # fmt: skip
    for stage in ("staging", "production"):
        assert run(["registry-promote", MODEL, "v1.1.0", *at, "--to", stage]) == 0
    file.write_text("hostile")
    hostile = top / "facts.json"
    hostile.write_text(json.dumps({
        "accuracy": 0.5, "owner": HOSTILE, HOSTILE: HOSTILE, "experiment": HOSTILE,
        "features": [HOSTILE], "metrics": {HOSTILE: 1.0},
    }))  # fmt: skip
    assert run(["registry-register", "hostile-model", *at, "--artifact", str(file),
                "--metadata", str(hostile), "--reason", HOSTILE]) == 0  # fmt: skip
    assert run(["site", "build", *at, "--out", str(top / "out")]) == 0
    return top / "out"


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_nothing_is_loaded_from_elsewhere_and_nothing_hostile_is_a_tag(site: Path) -> None:
    for path in site.rglob("*.html"):
        tags = Tags(path.read_text("utf-8")).tags
        scripts = [attrs for tag, attrs in tags if tag == "script"]
        assert all(one.get("src", "").endswith("assets/site.js") or  # type: ignore[union-attr]
                   one.get("type") == "application/json" for one in scripts)  # fmt: skip
        assert not [tag for tag, _ in tags if tag in ("img", "iframe", "object", "style", "base")]
        for tag, attrs in tags:
            assert not [key for key in attrs if key.startswith("on") or key == "style"], tag
            for key in ("href", "src"):
                assert ":" not in (attrs.get(key) or ""), attrs


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = {path: Tags(path.read_text("utf-8")).tags for path in site.rglob("*.html")}
    names = {path: {attrs.get("id") for _, attrs in tags} for path, tags in pages.items()}
    for path, tags in pages.items():
        for target in [attrs["href"] for tag, attrs in tags if tag in ("a", "link")]:
            file, _, anchor = (target or "").partition("#")
            there = (path.parent / file).resolve() if file else path
            assert there.is_file(), target
            assert not anchor or anchor in names[there], target


def test_the_script_makes_no_markup_of_text(site: Path) -> None:
    script = (site / "assets/site.js").read_text("utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ):
        assert word not in script


def test_built_again_it_is_the_same_and_what_is_gone_goes(
    registry: Repo, call: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert call(registry, "site", "build", "--out", str(out)).code == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (out / "models/gone-model.html").write_text("old")
    (out / "models/theirs.html").write_text("not in our list")
    with (out / MARK).open("a") as mark:
        mark.write("models/gone-model.html\nmodels/../../escape\n")
    (tmp_path / "escape").write_text("stays")
    assert call(registry, "site", "build", "--out", str(out)).code == 0
    (out / "models/theirs.html").unlink()
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert (tmp_path / "escape").is_file()


def test_a_folder_of_somebody_else_is_refused(registry: Repo, call: Call, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("index.html", "note.txt"):
        (theirs / name).write_text("mine", encoding="utf-8")
    said = call(registry, "site", "build", "--out", str(theirs))
    assert said.code == 1
    assert "index.html, note.txt" in said.err
    assert {path.name for path in theirs.iterdir()} == {"index.html", "note.txt"}
    assert (theirs / "index.html").read_text("utf-8") == "mine"
    said = call(registry, "site", "build", "--out", str(theirs), "--force")
    assert said.code == 0
    assert "replaced index.html" in said.err
    assert "note.txt" not in said.err
    assert (theirs / "note.txt").read_text("utf-8") == "mine"
    assert "<html" in (theirs / "index.html").read_text("utf-8")
    assert call(registry, "site", "build", "--out", str(theirs)).err == ""


def test_a_file_that_came_into_our_folder_is_not_ours(
    registry: Repo, call: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert call(registry, "site", "build", "--out", str(out)).code == 0
    mark = out / ".swreg-site"
    kept = [line for line in mark.read_text("utf-8").splitlines() if line != "assets/site.js"]
    mark.write_text("\n".join(kept) + "\n", encoding="utf-8")
    (out / "assets/site.js").write_text("mine", encoding="utf-8")
    said = call(registry, "site", "build", "--out", str(out))
    assert (said.code, (out / "assets/site.js").read_text("utf-8")) == (1, "mine")
    assert "assets/site.js" in said.err
    said = call(registry, "site", "build", "--out", str(out), "--force")
    assert (said.code, "replaced assets/site.js" in said.err) == (0, True)


@pytest.mark.parametrize("name", ["models", "index.html"])
def test_no_link_is_followed_out_of_the_folder(
    registry: Repo, call: Call, tmp_path: Path, name: str
) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    assert call(registry, "site", "build", "--out", str(out)).code == 0
    elsewhere.mkdir()
    (elsewhere / "file").write_text("mine", encoding="utf-8")
    if name == "models":
        shutil.rmtree(out / name)
        (out / name).symlink_to(elsewhere)
    else:
        (out / name).unlink()
        (out / name).symlink_to(elsewhere / "file")
    said = call(registry, "site", "build", "--out", str(out), "--force")
    assert (said.code, "is a symbolic link" in said.err) == (1, True)
    assert [path.name for path in elsewhere.iterdir()] == ["file"]
    assert (elsewhere / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize("text", ["{", "[]", '{"owner": "\\u202e"}', '{"accuracy": "much"}'])
def test_a_version_whose_facts_are_broken_breaks_nothing_else(
    registry: Repo, call: Call, tmp_path: Path, text: str
) -> None:
    (facts,) = registry.path.rglob("fraud-detection-v3.0.0/metadata.json")
    facts.write_text(text)
    registry.commit("chore: by hand", ".specweave")
    said = call(registry, "site", "build", "--out", str(tmp_path / "out"))
    assert said.code == 0
    page = (tmp_path / f"out/models/{MODEL}.html").read_text("utf-8")
    assert "v3.0.0" in page
    assert "\u202e" not in page
    if "owner" not in text:
        assert "swreg: warning: " in said.err
        assert "v3.0.0" in said.err


def test_an_empty_registry_has_a_site(repo: Repo, call: Call, tmp_path: Path) -> None:
    assert call(repo, "site", "build", "--out", str(tmp_path / "out")).code == 0
    assert "No model is registered yet" in (tmp_path / "out/index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def page(site: Path, name: str, anchor: str = "") -> str:
    return (site / name).as_uri() + anchor


@pytest.mark.browser
def test_search_and_stage_narrow_the_list(site: Path, browser: Browser) -> None:
    shown = "return [...document.querySelectorAll('#models tbody tr')].filter(r => !r.hidden)\
.map(r => r.querySelector('a').textContent)"
    browser.open(page(site, "index.html"))
    assert browser.run(shown) == [MODEL, "hostile-model"]
    browser.type("#search", "FRAUD v1.1")
    assert browser.run(shown) == [MODEL]
    assert browser.run("return document.getElementById('count').textContent") == "1 model"
    browser.open(page(site, "index.html"))
    browser.run("const s = document.getElementById('stage'); s.value = 'none';"
                "s.dispatchEvent(new Event('change'))")  # fmt: skip
    assert browser.run(shown) == ["hostile-model"]
    assert browser.log() == []


@pytest.mark.browser
def test_navigation_charts_and_deep_links(site: Path, browser: Browser) -> None:
    browser.open(page(site, "index.html"))
    browser.run("document.querySelector('#models a').click()")
    assert browser.run("return document.querySelector('h1').textContent") == MODEL
    assert browser.run("return [...document.querySelectorAll('.chart polyline')]"
                       ".map(l => l.points.length)") == [3, 3]  # fmt: skip
    label = browser.run("return document.querySelector('.chart svg').getAttribute('aria-label')")
    assert label == "Accuracy over 3 versions: 0.8 at v1.0.0, 0.9 at v1.2.0; higher is better"
    browser.open(page(site, f"models/{MODEL}.html", "#v1.0.0"))
    script = "return document.getElementById('v1.0.0').querySelector('details').open"
    assert browser.run(script) is True
    assert browser.run("return scrollY > 0") is True
    assert browser.log() == []


@pytest.mark.browser
def test_any_two_versions_are_compared_and_the_choice_is_a_link(
    site: Path, browser: Browser
) -> None:
    browser.open(page(site, f"models/{MODEL}.html", "#compare:v1.0.0:v1.1.0"))
    rows = browser.run("return [...document.querySelectorAll('#comparison tbody tr')]"
                       ".map(r => [...r.cells].map(c => c.textContent))")  # fmt: skip
    assert rows == [
        ["Accuracy", "0.8", "0.85", "+6.2%", "better"],
        ["Recall", "0.5", "0.4", "-20.0%", "worse"],
        ["Latency", "40ms", "30ms", "-25.0%", "better"],
        ["Size", "6B", "6B", "", "same"],
    ]
    text = browser.run("return document.getElementById('comparison').textContent")
    assert "Features added: c" in text
    browser.run("const s = document.getElementById('to'); s.value = 'v1.2.0';"
                "s.dispatchEvent(new Event('change'))")  # fmt: skip
    assert browser.run("return location.hash") == "#compare:v1.0.0:v1.2.0"
    browser.open(page(site, f"models/{MODEL}.html", "#compare:%:"))
    assert browser.run("return document.querySelectorAll('#comparison tbody tr').length") > 0
    assert browser.log() == []


@pytest.mark.browser
def test_hostile_text_is_shown_and_does_nothing(site: Path, browser: Browser) -> None:
    browser.open(page(site, "models/hostile-model.html"))
    assert browser.run("return document.title") == "hostile-model - model registry"
    assert "<script>document.title='pwned'</script>" in browser.run(
        "return document.body.textContent"
    )
    assert browser.run("return document.images.length + frames.length") == 0
    assert browser.log() == []


@pytest.mark.browser
def test_the_keyboard_reaches_everything(site: Path, browser: Browser) -> None:
    browser.open(page(site, "index.html"))
    where = "return document.activeElement.id || document.activeElement.className || \
document.activeElement.tagName"
    seen = []
    for _ in range(6):
        browser.press("\ue004")
        seen.append(browser.run(where))
    assert seen == ["skip", "home", "search", "stage", "scroll", "A"]


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(site: Path, tmp_path: Path, dark: bool) -> None:
    script = axe_script()
    with browsing(tmp_path, dark=dark) as browser:
        for name in ("index.html", f"models/{MODEL}.html", "models/hostile-model.html"):
            browser.open(page(site, name))
            assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches") == dark
            browser.run("document.querySelectorAll('details').forEach(d => { d.open = true })")
            browser.run(script)
            found = browser.run("return axe.run().then(r => r.violations.map(v =>"
                                "[v.id, v.help, v.nodes.map(n => n.html.slice(0, 200))]))")  # fmt: skip
            assert found == [], json.dumps(found, indent=1)
