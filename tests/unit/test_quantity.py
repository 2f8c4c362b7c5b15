import pytest

from swreg.domain.quantity import UNITS, Quantity, display_quantity, parse_quantity


@pytest.mark.parametrize(
    ("written", "value", "dimension"),
    [
        ("35ms", 0.035, "time"),
        ("80 ms", 0.08, "time"),
        ("250µs", 0.00025, "time"),
        ("1.5 hours", 5400.0, "time"),
        ("45min", 2700.0, "time"),
        ("12MB", 12e6, "size"),
        ("12 MiB", 12 * 2**20, "size"),
        ("256KB", 256e3, "size"),
        ("0.2 cores", 0.2, "cores"),
        ("1 core", 1.0, "cores"),
        ("100k rows", 1e5, "rows"),
        ("100krows", None, "text"),
        ("3M", 3e6, "number"),
        ("200", 200.0, "number"),
        (0.87, 0.87, "number"),
        (7, 7.0, "number"),
        ("87%", 0.87, "number"),
        ("-12.5", -12.5, "number"),
        (" 1e3 req/s ", 1000.0, "requests/s"),
    ],
)
def test_what_people_write_is_read(
    written: str | float, value: float | None, dimension: str
) -> None:
    assert parse_quantity(written) == Quantity(str(written), value, dimension)


@pytest.mark.parametrize(
    "text",
    ["", "fast", "3 parsecs", "200m", "12Mb", "12 mb", "1,000 rows", "5k ms", "5 k%", "1e999",
     "nan", "inf", "٣ms", "35ms\n80ms", "1h30min", "9" * 65],
)  # fmt: skip
def test_what_is_not_known_stays_text(text: str) -> None:
    assert parse_quantity(text) == Quantity(text, None, "text")


def test_only_numbers_of_one_dimension_are_comparable() -> None:
    time, size, text = map(parse_quantity, ("35ms", "12MB", "fast"))
    assert time.comparable(parse_quantity("1s"))
    assert not time.comparable(size)
    assert not text.comparable(text)
    assert not time.comparable(text)


@pytest.mark.parametrize(
    ("value", "dimension", "shown"),
    [
        (0.035, "time", "35ms"),
        (2700, "time", "45min"),
        (0, "time", "0s"),
        (1e-12, "time", "1e-12s"),
        (0, "size", "0B"),
        (1536, "size", "1.536kB"),
        (12e6, "size", "12MB"),
        (3e18, "size", "3000PB"),
        (0.2, "cores", "0.2 cores"),
        (100_000, "rows", "100000 rows"),
        (1e16, "number", "1e+16"),
    ],
)
def test_values_are_shown_in_the_unit_they_fill(value: float, dimension: str, shown: str) -> None:
    assert display_quantity(value, dimension) == shown


def test_every_unit_has_a_positive_factor() -> None:
    assert all(factor > 0 for _, factor in UNITS.values())
