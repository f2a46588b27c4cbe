"""Full-width signs that a Chinese keyboard types and YAML reads as plain text: where they are, and what was meant.

In a title or description they are correct. So they are looked for only where something is wrong anyway: in a key or
value that cannot be read, or on the lines before the place where a file stops being YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sim.errors import Message

#: Line and column.
At = tuple[int, int]

_MEANT = {
    **dict.fromkeys("：﹕︰∶", ":"),
    **dict.fromkeys("，、；﹐", ","),
    **dict.fromkeys("【〔（", "["),
    **dict.fromkeys("】〕）", "]"),
    **dict.fromkeys("“”„＂「」『』", '"'),
    **dict.fromkeys("‘’＇", "'"),
    **dict.fromkeys("－﹣—–", "-"),
    **dict.fromkeys("\u3000\u00a0", " "),
    "。": ".",
}
#: What each is called, and what to type.
_NAMES: dict[str, tuple[Message, Message | str]] = {
    ":": (Message("errors_evidence.colon"), Message("errors_evidence.type_colon")),
    ",": (Message("errors_evidence.comma"), Message("errors_evidence.type_comma")),
    "[": (Message("errors_evidence.bracket"), Message("errors_evidence.type_opening")),
    "]": (Message("errors_evidence.bracket"), Message("errors_evidence.type_closing")),
    "{": (Message("errors_evidence.bracket"), "{"),
    "}": (Message("errors_evidence.bracket"), "}"),
    **{
        quote: (Message("errors_evidence.quotation_mark"), Message("errors_evidence.type_mark", plain=quote))
        for quote in "\"'"
    },
    " ": (Message("errors_evidence.blank"), Message("errors_evidence.type_blank")),
    "-": (Message("errors_evidence.dash"), Message("errors_evidence.type_mark", plain="-")),
    ".": (Message("errors_evidence.point"), Message("errors_evidence.type_mark", plain=".")),
}
_CLOSING = {"[": "]", "{": "}", '"': '"', "'": "'"}
#: Signs that quantities may contain: `sim.world.quantities` reads them.
_READ = "％−"
#: How many lines above a syntax error are searched for its cause, and how many characters may be parsed again.
_REACH = 40
_EFFORT = 400_000


def meant(sign: str) -> str | None:
    """Return the plain sign that a full-width one stands for; None for any other character."""
    if sign in _MEANT:
        return _MEANT[sign]
    return chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else None


def told(sign: str) -> Message:
    """Say what a sign is and what to type."""
    if sign == ":":
        return Message("errors_evidence.blank_after_colon")
    plain = meant(sign) or ""
    kind = Message(f"errors_evidence.{'digit' if plain.isdigit() else 'sign'}")
    name, instead = _NAMES.get(plain, (kind, Message("errors_evidence.type_plain", plain=plain)))
    shown = Message("errors_evidence.this_sign") if sign.isspace() else sign
    return Message("errors_evidence.full_width", shown=shown, name=name, instead=instead)


def first_sign(written: str, *, key: bool = False) -> int | None:
    """Find the first full-width sign of a key or value that cannot be read.

    Parameters
    ----------
    written
        The key or value as in the file. File names are left alone: they may contain any sign.
    key
        Whether it is a key; in a key, a colon without a blank counts too.
    """
    if written.lstrip("'\"").startswith((".", "/", "~")) or written.rstrip("'\"").endswith((".yaml", ".yml")):
        return None
    signs = (at for at, sign in enumerate(written) if meant(sign) is not None and sign not in _READ)
    glued = re.search(r":(?=[^\s/])", written) if key else None
    return min((*signs, *([glued.start()] if glued else ())), default=None)


def culprits(text: str, fails: Callable[[str], At | None]) -> list[tuple[At, str]]:
    """Find the signs that keep a text from being YAML: with plain signs instead it can be read, or read further.

    Parameters
    ----------
    text
        The whole file.
    fails
        Returns where a text stops being YAML, counted from 0; None if it is YAML.

    Returns
    -------
    list of (At, str)
        Line and column, both from 1, and the sign.
    """
    repair = _Repair(re.split(r"\r\n|\r|\n", text), fails)
    replaced: frozenset[At] = frozenset()
    at = fails(text)
    while at is not None and (step := repair.step(replaced, at)):
        replaced |= step
        at = repair.fails(replaced)
    return [((line + 1, column + 1), repair.lines[line][column]) for line, column in sorted(replaced)]


class _Repair:
    """Tries plain signs in place of full-width ones, with a limit, because parsing a long file takes long."""

    def __init__(self, lines: list[str], fails: Callable[[str], At | None]) -> None:
        self.lines = lines
        self._fails = fails
        self._tries = _EFFORT // (sum(map(len, lines)) + 1) + 10

    def fails(self, replaced: frozenset[At]) -> At | None:
        """Where the text stops being YAML with these signs replaced, as a place in the original text."""
        self._tries -= 1
        place = self._fails("\n".join(_plain(line, n, replaced) for n, line in enumerate(self.lines)))
        return None if place is None else (place[0], _original(self.lines, place, replaced))

    def step(self, replaced: frozenset[At], at: At) -> frozenset[At]:
        """Find what to replace next: one sign, or the colons of several lines; nothing if nothing helps."""
        last = min(at[0], len(self.lines) - 1)
        numbers = range(last, max(-1, last - _REACH), -1)
        signs = {n: [(n, c) for c in _candidates(self.lines[n]) if (n, c) not in replaced] for n in numbers}
        for line in signs.values():
            trials = list(self._trials(line))
            if 0 < len(trials) <= self._tries:
                reached = {trial: _rank(self.fails(replaced | trial)) for trial in trials}
                best = max(trials, key=lambda trial: (reached[trial], -min(trial)[1]))
                if reached[best] > at:
                    return best
        colons: frozenset[At] = frozenset()
        for number, line in signs.items():  # YAML reads these lines as one long word
            key = [sign for sign in line if _instead(self.lines[number], sign[1])[0] == ":"][:1]
            if key and self._tries > 0 and ": " not in self.lines[number][: key[0][1]]:
                colons |= {*key}
                if _rank(self.fails(replaced | colons)) > at:
                    return colons
        return frozenset()

    def _trials(self, line: list[At]) -> Iterator[frozenset[At]]:
        """Signs of a line one by one, but opening with closing signs: alone, an opening one would swallow the rest."""
        plain = {sign: meant(self.lines[sign[0]][sign[1]]) for sign in line}
        partner: At | None = None
        for k, sign in enumerate(line):
            closing = _CLOSING.get(plain[sign] or "")
            if closing is None:
                yield frozenset({sign})
            elif partner == sign:
                partner = None  # its pair has been tried already
            else:
                partner = next((other for other in line[k + 1 :] if plain[other] == closing), None)
                if partner or closing not in "\"'":
                    yield frozenset({sign, partner or sign})


def _rank(place: At | None) -> At:
    """Sort key of places; None comes last."""
    return (1 << 30, 0) if place is None else place


def _candidates(line: str) -> Iterator[int]:
    """Columns of full-width signs and of colons without a blank, outside quotation marks and comments."""
    quote, before = "", " "
    for column, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and before in " \t[{,:":
            quote = sign
        elif sign == "#" and before in " \t":
            return
        elif meant(sign) is not None or (sign == ":" and re.match(r"[^\s/]", line[column + 1 :])):
            yield column
        before = sign


def _plain(line: str, number: int, replaced: frozenset[At]) -> str:
    """Replace the chosen signs of a line by plain ones."""
    return "".join(
        sign if (number, column) not in replaced else _instead(line, column)
        for column, sign in enumerate(line)
    )


def _instead(line: str, column: int) -> str:
    plain = meant(line[column]) or line[column]
    return ": " if plain == ":" and line[column + 1 : column + 2] not in ("", " ") else plain


def _original(lines: list[str], place: At, replaced: frozenset[At]) -> int:
    """Column before blanks were inserted after colons."""
    number, column = place
    for at in sorted(at for line, at in replaced if line == number):
        if at < column and len(_instead(lines[number], at)) > 1:
            column -= 1
    return column
