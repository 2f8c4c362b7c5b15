import pytest

from swreg.domain.document import unframe
from swreg.errors import BrokenFile


@pytest.mark.parametrize("schema", [1, "1"])
def test_the_schema_may_be_a_number_or_text(schema: object) -> None:
    assert unframe({"schema": schema, "a": 1}, "x.json") == {"a": 1}


@pytest.mark.parametrize("raw", [{}, {"schema": 2}, {"schema": True}, {"schema": None}])
def test_another_schema_is_refused(raw: object) -> None:
    with pytest.raises(BrokenFile, match=r"x\.json has schema .*, not 1; use a newer swreg"):
        unframe(raw, "x.json")


def test_a_file_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(BrokenFile, match=r"x\.json is no mapping"):
        unframe([], "x.json")
