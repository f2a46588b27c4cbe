"""Text on figures: fonts, widths, line breaks. Names given by users are drawn as plain text and fit their place."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg

from sim.files.folders import chinese_font

DPI = 200

# Fonts are registered under family names of our own, so that no other font on the machine can replace them.
# The second has characters that the first lacks: other alphabets, mathematics, arrows, some emoji.
FAMILIES = ("upgrading figures", "upgrading figures, other signs")

ELLIPSIS = "…"
_LINE = 1.15  # line spacing, as a multiple of the font size
_POINT = 1 / 72  # inches

# Where a line may break: after a Chinese character with the punctuation around it, and at spaces.
_CHINESE = r"\u3000-\u9fff\uff00-\uffef“”"
_PIECES = re.compile(rf"[（“]*[{_CHINESE}][，。；：、）”]*|[^\s{_CHINESE}]+\s*|\s+")


def _fonts() -> tuple[Path, ...]:
    """Return the font files of the families; the second comes with matplotlib."""
    return chinese_font(), Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@cache
def register_fonts() -> None:
    """Register our fonts with matplotlib once, under our own family names."""
    manager = font_manager.fontManager
    for family, path in zip(FAMILIES, _fonts(), strict=True):
        manager.addfont(str(path))
        manager.ttflist[-1] = dataclasses.replace(manager.ttflist[-1], name=family)


@cache
def _known_signs() -> frozenset[int]:
    """Return the code points for which one of the fonts has a glyph."""
    return frozenset(code for path in _fonts() for code in font_manager.get_font(str(path)).get_charmap())


@cache
def drawable(text: str) -> str:
    """Drop what none of our fonts can draw, such as most emoji; return an ellipsis if nothing is left."""
    kept = "".join(sign for sign in text if sign == "\n" or _is_drawable(sign))
    if kept == text:
        return text
    kept = "\n".join(" ".join(line.split()) for line in kept.split("\n"))
    return kept if kept.strip() or not text.strip() else ELLIPSIS


def _is_drawable(sign: str) -> bool:
    # Invisible characters, such as joiners and selectors between emoji, are no loss.
    shapeless = unicodedata.category(sign) in ("Cc", "Cf") or "\ufe00" <= sign <= "\ufe0f"
    return not shapeless and ord(sign) in _known_signs()


@cache
def _renderer() -> RendererAgg:
    """Return a renderer that measures text before there is a figure."""
    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]


@cache
def text_width(text: str, size: float) -> float:
    """Return the width of a line of text in inches."""
    font = font_manager.FontProperties(family=list(FAMILIES), size=size)
    size_of = _renderer().get_text_width_height_descent
    width, _, _ = size_of(drawable(text), font, False)  # type: ignore[no-untyped-call]
    return float(width) / DPI


def line_height(size: float) -> float:
    """Return the line spacing in inches."""
    return _LINE * size * _POINT


def wrapped(paragraphs: Sequence[str], size: float, width: float) -> list[str]:
    """Break paragraphs into lines of at most a width in inches; a longer word breaks at the end of the line."""
    lines = []
    for paragraph in paragraphs:
        line = ""
        for piece in _PIECES.findall(drawable(paragraph.replace("\n", " "))):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
            while text_width(line.rstrip(), size) > width and len(line.rstrip()) > 1:
                begun = _beginning(line, size, width)
                lines.append(begun)
                line = line[len(begun) :]
        lines.append(line.rstrip())
    return lines


def fitted(text: str, size: float, width: float, lines: int = 1) -> list[str]:
    """Break a text into at most the given number of lines of a width in inches.

    If it does not fit, an ellipsis replaces text before its end: names often differ in their last words.
    """
    found = wrapped([text], size, width)
    if len(found) <= lines:
        return found
    whole = " ".join(drawable(text).split())
    tail = ELLIPSIS + _beginning(whole[::-1], size, 0.4 * width)[::-1].lstrip()
    room = width - text_width(tail, size)
    return [*found[: lines - 1], f"{_beginning(found[lines - 1], size, room).rstrip('，, ')}{tail}"]


def _beginning(text: str, size: float, width: float) -> str:
    """Return the longest beginning of a text, at least one character, within a width in inches."""
    fitting = bisect_right(range(len(text)), width, key=lambda k: text_width(text[: k + 1], size))
    return text[: max(fitting, 1)]


@dataclasses.dataclass(frozen=True, slots=True)
class SideNames:
    """Names at the left of a chart's rows, broken into lines.

    Attributes
    ----------
    texts
        The names, broken into lines.
    width, row
        Inches: the widest line, and how high a row must be at least.
    """

    texts: tuple[str, ...]
    width: float
    row: float


def side_names(names: Sequence[str], size: float, width: float = 2.0, lines: int = 4) -> SideNames:
    """Fit names beside rows: break them into lines within a width in inches."""
    found = [fitted(name, size, width, lines) for name in names]
    return SideNames(
        texts=tuple("\n".join(each) for each in found),
        width=max(text_width(line, size) for each in found for line in each),
        row=max(map(len, found)) * line_height(size) + 0.06,
    )
