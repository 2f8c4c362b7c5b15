"""Read what GTO keeps: tags that register versions and assign stages, and declared artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swreg.domain.foreign import ForeignAct, ForeignVersion, Unmapped
from swreg.domain.gto_tags import GtoTag, nearly, parse_tag
from swreg.errors import NotFound
from swreg.operations.importing.declared import FILES, AtCommit
from swreg.operations.importing.offer import Offer, Offered
from swreg.storage.git import Git
from swreg.storage.tags import Tag, tags


@dataclass(slots=True)
class _Read:
    """What the tags say, as they are read in the order of their times."""

    versions: list[tuple[ForeignVersion, Tag]] = field(default_factory=list)
    acts: list[ForeignAct] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    at_commit: dict[tuple[str, str], str] = field(default_factory=dict)


def read_gto(source: Path) -> Offer:
    """The registry in a repository's tags. Raises `NotFound` for a tag whose commit is not here."""
    git = repository(source)
    read = _read(git)
    return Offer(
        system="gto",
        source=str(git.root),
        versions=tuple(_offered(git, read, "gto")),
        acts=tuple(read.acts),
        unmapped=tuple(read.unmapped),
        notes=_notes(git, read),
    )


def read_dvc(source: Path) -> Offer:
    """The artifacts that `dvc.yaml` declares, with the versions that tags give them.

    An artifact without a tag is one version, as HEAD has it, whose number is worked out.
    """
    git = repository(source)
    read = _read(git)
    tagged = {one.name for one, _ in read.versions}
    return Offer(
        system="dvc",
        source=str(git.root),
        versions=(*_offered(git, read, "dvc"), *_untagged(git, tagged)),
        acts=tuple(read.acts),
        unmapped=tuple(read.unmapped),
        notes=_notes(git, read) if tagged else (),
    )


def repository(source: Path) -> Git:
    """The repository at a path; `NotFound` where there is no such folder."""
    if not source.is_dir():
        raise NotFound(f"no folder {source}", "name a folder of the git repository to import")
    return Git.open(source.absolute())


def _read(git: Git) -> _Read:
    read = _Read()
    found = [(tag, parse_tag(tag.name)) for tag in tags(git)]
    for tag, said in found:
        if said is None and nearly(tag.name):
            read.unmapped.append(
                Unmapped(
                    name=tag.name.partition("@")[0].replace("=", ":"),
                    source=tag.name,
                    reason="the version is not SemVer; gto leaves it out, too",
                )
            )
    ours = [(tag, said) for tag, said in found if said is not None and _usable(tag, said, read)]
    ours.sort(key=lambda pair: (pair[0].seconds, pair[1].counter or 0, pair[0].name))
    for tag, said in ours:
        if said.action == "register":
            _register(read, tag, said)
    for tag, said in ours:
        if said.action != "register":
            _act(read, tag, said)
    return read


def _usable(tag: Tag, said: GtoTag, read: _Read) -> bool:
    if not tag.annotated:
        reason = "a lightweight tag has no date; gto leaves it out, too"
        read.unmapped.append(Unmapped(name=said.name, source=tag.name, reason=reason))
        return False
    if not tag.commit:
        raise NotFound(
            f"the tag {tag.name} points to a commit that is not here",
            "git fetch --unshallow --tags in that repository, or delete the tag",
        )
    return True


def _origin(tag: Tag) -> str:
    return f"gto {tag.name} {tag.oid[:12]}"


def _register(read: _Read, tag: Tag, said: GtoTag) -> None:
    version = ForeignVersion(
        name=said.name,
        version=said.version,
        origin=_origin(tag),
        at=tag.at,
        author=tag.tagger,
        commit=tag.commit,
    )
    read.versions.append((version, tag))
    read.at_commit[said.name, tag.commit] = str(said.version)


def _act(read: _Read, tag: Tag, said: GtoTag) -> None:
    if said.action == "deprecate":
        whose = [one.version for one, _ in read.versions if one.name == said.name]
    elif said.action == "deregister":
        whose = [said.version]
    else:
        # A stage is of a commit there; the version is the one that was registered on it.
        whose = [read.at_commit.get((said.name, tag.commit))]
    for version in whose:
        if version is None:
            reason = f"no version of {said.name} is registered on its commit {tag.commit[:12]}"
            read.unmapped.append(Unmapped(name=said.name, source=tag.name, reason=reason))
        else:
            read.acts.append(_as_act(tag, said, version))


def _as_act(tag: Tag, said: GtoTag, version: str) -> ForeignAct:
    kinds = {"assign": "stage", "unassign": "leave"}
    return ForeignAct(
        kind=kinds.get(said.action, "deprecate"),  # type: ignore[arg-type]
        name=said.name,
        version=version,
        origin=_origin(tag),
        stage=said.stage or "",
        at=tag.at,
        note=tag.subject,
    )


def _offered(git: Git, read: _Read, system: str) -> Iterator[Offered]:
    for version, tag in read.versions:
        yield AtCommit(git, tag.commit).offered(version, system)


def _untagged(git: Git, tagged: Iterable[str]) -> Iterator[Offered]:
    head = git.resolve("HEAD")
    if head is None:
        return
    at_head = AtCommit(git, head)
    for item in git.list_tree(head):
        folder, _, file = item.path.rpartition("/")
        if file not in FILES:
            continue
        for one in at_head.all_declared(item.path):
            name = f"{folder}:{one.name}" if folder else one.name
            if name not in tagged:
                yield _as_head_has_it(git, at_head, name, one.path)


def _as_head_has_it(git: Git, at_head: AtCommit, name: str, path: str) -> Offered:
    """An artifact without a version; it is known again by the commit that last touched it."""
    lock = f"{path.rpartition('/')[0]}/dvc.lock".lstrip("/")
    places = (path, f"{path}.dvc", lock, "dvc.lock")
    line = git.ask("reading the history", "log", "-1", "--format=%H %ct %an <%ae>", at_head.commit,
                   "--", *places).text  # fmt: skip
    if not line:
        line = git.ask("reading the history", "log", "-1", "--format=%H %ct %an <%ae>").text
    commit, seconds, author = line.split(" ", 2)
    stamp = Tag(name="", oid="", commit=commit, seconds=int(seconds))
    version = ForeignVersion(
        name=name,
        version=None,
        origin=f"dvc {name} {commit[:12]}",
        at=stamp.at,
        author=author,
        commit=commit,
    )
    return at_head.offered(version, "dvc")


def _notes(git: Git, read: _Read) -> tuple[str, ...]:
    """What should be said of reading tags at all."""
    if not git.is_shallow and read.versions:
        return ()
    if git.is_shallow:
        return ("that clone is shallow: tags may be missing; git fetch --unshallow --tags",)
    return ("no tag there registers a version (git fetch --tags brings those of a remote)",)
