"""The sheet that every figure is drawn on: style, heading, legend, notes, byte-identical files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.files.atomic import write_whole
from sim.show.attempts import Failed, attempted
from sim.show.figures.lettering import (
    DPI,
    FAMILIES,
    drawable,
    fitted,
    line_height,
    register_fonts,
    text_width,
    wrapped,
)
from sim.show.texts.account import Account
from sim.show.texts.numbers import plain, step_digits

WIDTH = 7.2  # inches: the text width of an A4 page, slightly more
MARGIN = 0.12

_ACROSS = WIDTH - 2 * MARGIN  # inches, a line of text
_SUBTITLE_LINES = 4

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

_STYLE: dict[Any, Any] = {
    "font.family": list(FAMILIES),
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
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


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in the style of the program, whatever the user's own matplotlib settings are."""
    register_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


#: Names and signs of a legend.
Entries = Sequence[tuple[str, Artist]]

_LEGEND_ROW, _LEGEND_HANDLE, _LEGEND_LINES = 0.165, 0.56, 2


class _Legend:
    """A legend in rows and columns across a sheet; long names are wrapped or cut.

    Attributes
    ----------
    height
        Height of the legend, inches.
    """

    def __init__(self, entries: Entries) -> None:
        self._signs = [sign for _, sign in entries]
        self._texts = [
            fitted(name, SMALL_SIZE, _ACROSS - _LEGEND_HANDLE, _LEGEND_LINES) for name, _ in entries
        ]
        widest = max(text_width(line, SMALL_SIZE) for lines in self._texts for line in lines)
        self._columns = max(1, int(_ACROSS / (_LEGEND_HANDLE + widest)))
        more = sum(len(lines) - 1 for lines in self._texts)  # only where there is one column
        rows = -(-len(entries) // self._columns)
        self.height = _LEGEND_ROW * rows + line_height(SMALL_SIZE) * more + 0.08

    def write(self, figure: Figure, corner: tuple[float, float]) -> None:
        """Write the legend with its upper left corner at a place in figure coordinates (0 to 1)."""
        figure.legend(
            self._signs,
            ["\n".join(lines) for lines in self._texts],
            loc="upper left",
            bbox_to_anchor=corner,
            ncols=self._columns,
            handlelength=3.2,
            columnspacing=1.4,
            borderpad=0.0,
            borderaxespad=0.0,
        )


class Sheet:
    """A figure in the words of its account, laid out in inches from its lower left corner.

    From the top: title, subtitle, legend, content, a rule, notes, where the numbers come from.

    Parameters
    ----------
    account
        What is shown; it supplies words and the last line.
    content
        Height that the content needs, inches.
    title, subtitle, notes
        Texts; they are broken into lines that fit.
    entries
        Legend entries; without any there is no legend.

    Attributes
    ----------
    words
        The reader's words.
    figure
        The matplotlib figure.
    width, bottom, top
        Inches; content goes between `bottom` and `top`.
    """

    def __init__(
        self,
        account: Account,
        content: float,
        title: str,
        subtitle: str,
        notes: Sequence[str] = (),
        entries: Entries = (),
    ) -> None:
        self.words, self.width = account.words, WIDTH
        above = fitted(subtitle, TEXT_SIZE, _ACROSS, _SUBTITLE_LINES)
        below = wrapped([*notes, account.source], NOTE_SIZE, _ACROSS)
        line_above, line_below = 0.17, 0.135
        head = MARGIN + 0.26 + line_above * len(above) + 0.06
        foot = MARGIN + line_below * len(below) + 0.06
        legend = _Legend(entries) if entries else None
        room = legend.height if legend else 0.0
        self.height = head + room + content + foot
        self.bottom, self.top = foot, foot + content
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
        if legend:
            legend.write(self.figure, (MARGIN / WIDTH, (self.top + room) / self.height))

    def axes(
        self, left: float, bottom: float, width: float, height: float, share: Axes | None = None
    ) -> Axes:
        """Add axes at a place given in inches; they share the horizontal scale of `share`."""
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
        """Height of the given number of charts, inches."""
        return (self.head + self.panel + self.foot) * -(-count // self.columns)

    def axes(self, sheet: Sheet, count: int) -> list[Axes]:
        """Add the given number of charts to a sheet, row by row, the lowest row at the bottom of its content."""
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


def unit_above(axes: Axes, text: str) -> None:
    """Write the unit of the vertical axis horizontally above its upper end."""
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
    """Give an axis about the given number of round ticks, with as many decimals as their spacing needs."""

    def text(value: float, _: int | None) -> str:
        places = sorted(float(place) for place in axis.get_majorticklocs())
        return plain(value, step_digits(places[1] - places[0]) if len(places) > 1 else step_digits(value))

    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(text))


def look(index: int) -> dict[str, Any]:
    """Return the line settings of the policy at a position in the comparison."""
    color, marker, dashes = LOOKS[index % len(LOOKS)]
    return {"color": color, "marker": marker, "linestyle": dashes}


#: Functions that draw figures, by name; a function returns None if its figure does not apply.
Drawings = Mapping[str, Callable[[], Sheet | None]]


def draw_all(drawings: Drawings, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw figures and write each as PNG (200 dpi) and SVG, whole or not at all; call inside `style`.

    Parameters
    ----------
    drawings
        What to draw.
    folder
        Where the files go, replacing earlier ones of the same names; made if it is missing.
    failed
        Called with `folder/name` of a figure that failed and the exception; the others are still drawn. Without
        it the exception propagates.

    Returns
    -------
    list of Path
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, draw in drawings.items():
        files = [folder / f"{name}.png", folder / f"{name}.svg"]
        for file in files:
            file.unlink(missing_ok=True)
        with attempted(f"{folder.name}/{name}", failed):
            sheet = draw()
            if sheet is not None:
                for file, content in zip(files, _pictures(sheet), strict=True):
                    write_whole(file, content, flush=False)
                written += files
    return written


def _pictures(sheet: Sheet) -> tuple[bytes, bytes]:
    """Return a sheet as PNG and as SVG, without dates and versions."""
    for text in sheet.figure.findobj(Text):
        text.set_text(drawable(text.get_text()))
    png, svg = BytesIO(), BytesIO()
    sheet.figure.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    sheet.figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return png.getvalue(), svg.getvalue()
