"""Text of strangers inside our pages: shown as it is, and never acting as Markdown or HTML.

Characters with a meaning are written as numeric entities, which CommonMark never takes for
structure, not even in a table, where backslashes and pipes are read differently by every host.
"""

from __future__ import annotations

import re
import unicodedata

from swreg.domain.names import visible

MOST = 400
"""The most characters of one value that a page shows."""

_ACTING = {ord(char): f"&#{ord(char)};" for char in "&<>|`[]*_~!{}$#@\\"}
_AUTOLINK = re.compile(
    r"(?<=[a-zA-Z0-9+.-]):(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):", re.IGNORECASE
)
# What would make a list, a heading or a table's rule of a line that begins with the value.
_LEADING = re.compile(r"[-+=:](?=.)|\d{1,9}[.)](?=\s|$)")


def markdown(value: object) -> str:
    """The value as one line of Markdown that shows exactly the value.

    >>> markdown("A|B\\n# <b>[x](http://evil)")
    'A&#124;B &#35; &#60;b&#62;&#91;x&#93;(http&#58;//evil)'
    >>> markdown("<!-- swreg:end -->")
    '&#60;&#33;-- swreg:end --&#62;'
    """
    line = visible(re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(value)).strip()))
    if len(line) > MOST:
        line = line[: MOST - 1] + "…"
    text = _AUTOLINK.sub(_entity, line.translate(_ACTING))
    return _LEADING.sub(_last, text, count=1) if _LEADING.match(text) else text


def _last(found: re.Match[str]) -> str:
    """What was found with its last character, which is the one that acts, as an entity."""
    return f"{found[0][:-1]}&#{ord(found[0][-1])};"


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
