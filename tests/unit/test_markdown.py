import pytest

from swreg.domain.markdown import code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("", ""),
        ("  ", ""),
        ("`a", "`` `a ``"),
        ("a`", "`` a` ``"),
        ("a``b`c", "```a``b`c```"),
        (" a", "`  a `"),
        ("a\nb", "`a\\nb`"),
    ],
)
def test_code_spans(text: str, shown: str) -> None:
    assert code(text) == shown
