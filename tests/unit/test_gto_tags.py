"""The tags of GTO, read and written alike."""

from __future__ import annotations

import pytest

from swreg.domain.gto_tags import GtoTag, parse_tag

TAGS = {
    "churn@v1.2.3": GtoTag(action="register", name="churn", version="v1.2.3"),
    "churn@v1.2.3!": GtoTag(action="deregister", name="churn", version="v1.2.3"),
    "churn@v1.0.0-rc.1+b#2": GtoTag(
        action="register", name="churn", version="v1.0.0-rc.1+b", counter=2
    ),
    "churn#prod": GtoTag(action="assign", name="churn", stage="prod"),
    "churn#prod#0": GtoTag(action="assign", name="churn", stage="prod", counter=0),
    "churn#prod!#4": GtoTag(action="unassign", name="churn", stage="prod", counter=4),
    "churn@deprecated": GtoTag(action="deprecate", name="churn"),
    "churn@deprecated#3": GtoTag(action="deprecate", name="churn", counter=3),
    "models.d/eu=churn#prod": GtoTag(action="assign", name="models.d/eu:churn", stage="prod"),
}


@pytest.mark.parametrize("text", TAGS)
def test_a_tag_is_read_and_written_alike(text: str) -> None:
    tag = parse_tag(text)
    assert tag == TAGS[text]
    assert str(tag) == text


@pytest.mark.parametrize(
    "text", ["v1.2.3", "churn@v01.2.3", "churn@deprecated!", "churn#", "é@v1.0.0"]
)
def test_other_tags_say_nothing(text: str) -> None:
    assert parse_tag(text) is None
