"""What a rule tells people to run is a command that there is."""

from __future__ import annotations

import re

import pytest

from swreg.cli.commands_table import COMMANDS
from swreg.domain.finding import CHECKS, Check
from swreg.domain.gates import GATES, Gate

_CALL = re.compile(r"(?:run: swreg|swreg(?= [a-z]+-)) ([a-z]+(?:-[a-z]+)*)")


@pytest.mark.parametrize("rule", [*GATES, *CHECKS], ids=lambda rule: str(rule.id))
def test_every_command_in_a_fix_exists(rule: Gate | Check) -> None:
    assert set(_CALL.findall(rule.fix)) <= set(COMMANDS)
