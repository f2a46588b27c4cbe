"""Text in Markdown: escaped, so that every character appears as written."""

from __future__ import annotations

import re

# These surround a name that Markdown sets as code. No other text holds them: titles lose them on reading.
_BEGIN, _END = "\x02", "\x03"
_CODE = re.compile(f"{_BEGIN}([^{_END}]*){_END}")

# Characters with a meaning in Markdown, at the places where they have it; each gets a backslash.
_SIGNS = re.compile(
    r"""
    \\(?=[!-/:-@\[-`{-~]|$)        # a backslash before a sign that it would take
    | [`$]
    | \*+(?=[^\s*])                # stars that could open emphasis
    | (?<![^\W_])_+(?=[^\s_])      # the same for underscores, which may stand within a word
    | ~+(?=[^\s~])
    | <(?=[A-Za-z/!?])
    | &(?=\#?\w+;)
    | \](?=[\[(:])                 # the middle of a link
    | (?<!\S)\#                    # a heading, or the end of one
    | ^\[(?=[ xX]\])               # a box to tick
    | ^>
    | ^[+*-](?=\s|$)               # an item of a list
    | ^(?:([-_=*])\s*)(?:\1\s*)*$  # a rule
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)](\s|$))")  # an item of a numbered list


def code(name: str) -> str:
    """Mark a name: Markdown sets it as code, other output leaves it as it is."""
    return f"{_BEGIN}{name}{_END}"


def unmarked(text: str) -> str:
    """Take the marks of `code` away."""
    return text.replace(_BEGIN, "").replace(_END, "")


def escaped(text: str, *, cell: bool = False) -> str:
    """Escape a line of text or a table cell for Markdown; names marked as code become code.

    A line break becomes a space.
    """
    parts = _CODE.split(" ".join(text.splitlines()))
    written = [_code(part) if k % 2 else _signs(part, begins=k == 0) for k, part in enumerate(parts)]
    return "".join(written).replace("|", "\\|") if cell else "".join(written)


def _code(name: str) -> str:
    # Backslashes do nothing within code.
    return f"`{name}`" if name.strip() and not set("`|\\") & set(name) else _signs(name, begins=False)


def _signs(text: str, *, begins: bool) -> str:
    """Put backslashes before special characters; those special only at the beginning of a line, only there."""
    if begins:
        return _NUMBERED.sub(r"\1\\", _SIGNS.sub(_backslashed, text))
    return _SIGNS.sub(_backslashed, f"\x00{text}")[1:]


def _backslashed(match: re.Match[str]) -> str:
    return "".join(f"\\{sign}" if not sign.isspace() else sign for sign in match[0])
