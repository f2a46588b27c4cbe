"""The sheet that every figure is drawn on: font, style, heading, notes, files that repeat by the byte."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.files import chinese_font
from sim.show.numbers import plain, step_digits

WIDTH = 7.2  # inches: the text width of an A4 page, slightly more
DPI = 200
MARGIN = 0.12

INK, SOFT, FAINT, BAND = "#1f2328", "#5b6168", "#d5d8dc", "#f4f5f6"
GAIN, LOSS = "#1d4e79", "#b3541e"

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE, NOTE_SIZE = 11.0, 8.0, 7.0, 6.5

#: One look for each policy, in the order of the comparison: colour, marker, dashes. The colours are safe for
#: the colour-blind; neighbours differ in lightness too, so that they stay apart in greyscale.
LOOKS: tuple[tuple[str, str, str | tuple[int, tuple[float, ...]]], ...] = (
    ("#12355b", "o", "-"),
    ("#d1661f", "s", (0, (5, 1.6))),
    ("#5aa9a0", "^", (0, (1.2, 1.2))),
    ("#7b3f72", "D", (0, (6, 1.5, 1.2, 1.5))),
    ("#dba520", "v", (0, (3, 1, 1, 1, 1, 1))),
    ("#6d737a", "P", (0, (8, 2))),
    ("#6aaed6", "X", (0, (2, 2.5))),
)

# The registered family has a name of its own, so that no other font of the machine can take its place.
_FAMILY = "upgrading figures"

_STYLE: dict[Any, Any] = {
    "font.family": [_FAMILY],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.labelsize": SMALL_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": SMALL_SIZE,
    "svg.fonttype": "path",
    "svg.hashsalt": "industrial-upgrading",
    "path.simplify": True,
}


# Where a line may break: after a Chinese character with the punctuation that follows it, and at spaces.
_CHINESE = r"\u3000-\u9fff\uff00-\uffef“”"
_PIECES = re.compile(rf"[{_CHINESE}][，。；：、）”]*|[^\s{_CHINESE}]+\s*|\s+")


@cache
def _register_font() -> None:
    """Make the Chinese font known to matplotlib once, under our own family name."""
    manager = font_manager.fontManager
    manager.addfont(str(chinese_font()))
    manager.ttflist[-1] = dataclasses.replace(manager.ttflist[-1], name=_FAMILY)


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in the style of the program, whatever the user's own matplotlib settings are."""
    _register_font()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


class Sheet:
    """A figure with a heading above and notes below, laid out in inches from its lower left corner.

    Attributes
    ----------
    figure
        The matplotlib figure.
    width, bottom, top
        Inches; content goes between `bottom` and `top`.
    """

    def __init__(self, content_height: float, title: str, subtitle: str, notes: Sequence[str]) -> None:
        self.width = WIDTH
        above, below = wrapped([subtitle], TEXT_SIZE), wrapped(notes, NOTE_SIZE)
        line_above, line_below = 0.17, 0.135
        head = MARGIN + 0.26 + line_above * len(above) + 0.06
        foot = MARGIN + line_below * len(below) + 0.06
        self.height = head + content_height + foot
        self.bottom, self.top = foot, foot + content_height
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        self.text(MARGIN, self.height - MARGIN, title, size=TITLE_SIZE, va="top")
        for k, line in enumerate(above):
            self.text(MARGIN, self.height - MARGIN - 0.26 - k * line_above, line, color=SOFT, va="top")
        rule = Line2D(
            [MARGIN / WIDTH, 1 - MARGIN / WIDTH], [foot / self.height] * 2, color=FAINT, linewidth=0.6
        )
        self.figure.add_artist(rule)
        for k, line in enumerate(below):
            self.text(MARGIN, foot - 0.05 - k * line_below, line, size=NOTE_SIZE, color=SOFT, va="top")

    def axes(
        self, left: float, bottom: float, width: float, height: float, share: Axes | None = None
    ) -> Axes:
        """Add axes at a place given in inches; `share` lends its horizontal scale."""
        place = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place, sharex=share)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT_SIZE,
        color: str = INK,
        va: str = "baseline",
        ha: str = "left",
    ) -> None:
        """Write a line at a place given in inches."""
        self.figure.text(x / self.width, y / self.height, text, fontsize=size, color=color, va=va, ha=ha)


@dataclasses.dataclass(frozen=True, slots=True)
class Grid:
    """Small charts in rows and columns that fill the width of a sheet.

    Attributes
    ----------
    columns
        Charts in a row.
    panel, head, foot, left, gutter
        Inches: height of a chart, room above it, below it, at its left, and between charts.
    """

    columns: int
    panel: float
    head: float
    foot: float
    left: float
    gutter: float

    def height(self, count: int) -> float:
        """Height that so many charts take, inches."""
        return (self.head + self.panel + self.foot) * -(-count // self.columns)

    def axes(self, sheet: Sheet, count: int) -> list[Axes]:
        """Add so many charts to a sheet, row by row, the lowest row at the bottom of its content."""
        room = sheet.width - 2 * MARGIN - self.columns * self.left - (self.columns - 1) * self.gutter
        width = room / self.columns
        rows = -(-count // self.columns)
        return [
            sheet.axes(
                MARGIN + self.left + (k % self.columns) * (width + self.left + self.gutter),
                sheet.bottom + self.foot + self.height((rows - 1 - k // self.columns) * self.columns),
                width,
                self.panel,
            )
            for k in range(count)
        ]


@cache
def _renderer() -> RendererAgg:
    """Measure text before there is a figure."""
    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]


@cache
def text_width(text: str, size: float) -> float:
    """Width of a line of text in inches."""
    font = font_manager.FontProperties(family=_FAMILY, size=size)
    size_of = _renderer().get_text_width_height_descent
    width, _, _ = size_of(text, font, False)  # type: ignore[no-untyped-call]
    return float(width) / DPI


def wrapped(paragraphs: Sequence[str], size: float, width: float = WIDTH - 2 * MARGIN) -> list[str]:
    """Break paragraphs into lines of at most a width in inches, by default that of a sheet."""
    lines = []
    for paragraph in paragraphs:
        line = ""
        for piece in _PIECES.findall(paragraph):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
        lines.append(line.rstrip())
    return lines


def unit_above(axes: Axes, text: str) -> None:
    """Write the unit of the vertical axis above its upper end, where it reads without turning the head."""
    axes.annotate(
        text,
        (0, 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL_SIZE,
        color=SOFT,
    )


def plain_ticks(axis: Axis, ticks: int) -> None:
    """Give an axis round ticks, about so many, with as many decimals as their distance needs."""

    def text(value: float, _: int | None) -> str:
        places = sorted(float(place) for place in axis.get_majorticklocs())
        return plain(value, step_digits(places[1] - places[0]) if len(places) > 1 else step_digits(value))

    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(text))


def look(index: int) -> dict[str, Any]:
    """Line settings of the policy at a position of the comparison."""
    color, marker, dashes = LOOKS[index % len(LOOKS)]
    return {"color": color, "marker": marker, "linestyle": dashes}


def _legend_columns(names: Sequence[str]) -> int:
    """Columns of a legend that fit a sheet."""
    column = 0.56 + max(text_width(name, SMALL_SIZE) for name in names)
    return max(1, int((WIDTH - 2 * MARGIN) / column))


def legend_height(names: Sequence[str]) -> float:
    """Room that `legend` takes, inches."""
    return 0.165 * -(-len(names) // _legend_columns(names)) + 0.08


def legend(sheet: Sheet, entries: Sequence[tuple[str, Artist]], top: float) -> None:
    """Write a legend in rows and columns, beginning at `top` inches."""
    names = [name for name, _ in entries]
    sheet.figure.legend(
        [handle for _, handle in entries],
        names,
        loc="upper left",
        bbox_to_anchor=(MARGIN / sheet.width, top / sheet.height),
        ncols=_legend_columns(names),
        handlelength=3.2,
        columnspacing=1.4,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def save(sheet: Sheet, folder: Path, name: str) -> list[Path]:
    """Write `name.png` and `name.svg` into an existing folder, without dates and versions."""
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    sheet.figure.savefig(png, dpi=DPI, metadata={"Software": None})
    sheet.figure.savefig(svg, metadata={"Date": None, "Creator": None})
    return [png, svg]


def save_all(sheets: Mapping[str, Sheet], folder: Path) -> list[Path]:
    """Write sheets by name into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return [path for name, sheet in sheets.items() for path in save(sheet, folder, name)]
