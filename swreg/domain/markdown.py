"""Text of strangers inside our Markdown tables: shown, and never acting."""

from __future__ import annotations

import re

from swreg.domain.names import visible


def code(text: str) -> str:
    """The text as a code span for a table cell, on one line.

    Only in a code span are emphasis, links, images, HTML, bare addresses and `@mentions` all
    dead; a host looks for mentions after it has taken backslashes away. The fence is longer than
    any run of backticks inside, and a pipe is escaped as tables want it even there.

    >>> code("<img src=x>|@team")
    '`<img src=x>\\\\|@team`'
    >>> code("a`b")
    '``a`b``'
    """
    shown = visible(text).replace("|", "\\|")
    if not shown.strip():
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    # One space inside each end is taken away again; it keeps backticks off the fence.
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"
