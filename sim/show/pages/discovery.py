"""The report on where which policy leads, in Markdown, and its figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import Markup

from sim.analysis.doubt.leading import Lead
from sim.show.attempts import FIGURES, Failed
from sim.show.figures.canvas import draw_all, style
from sim.show.figures.discovery import draw_discovery
from sim.show.pages.markdown import escaped
from sim.show.pages.templates import render
from sim.show.tables.blocks import Block
from sim.show.tables.discovery import lead_block, search_block
from sim.show.texts.account import Answer
from sim.show.texts.names import reading_in_file_name
from sim.world.parameters import Parameter


@dataclass(frozen=True, slots=True)
class Discovered:
    """Where policies of a comparison lead.

    Attributes
    ----------
    answer
        The comparison in the reader's words.
    leads
        One for each reading shown.
    readings
        Names of the readings for people.
    registry
        Meaning and unit of the numbers.
    """

    answer: Answer
    leads: Sequence[Lead]
    readings: Mapping[str, str]
    registry: Mapping[str, Parameter]

    def block(self, lead: Lead) -> Block:
        """Say where the policy leads."""
        return lead_block(self.answer, lead, self.readings[lead.reading], self.registry)

    def blocks(self) -> list[Block]:
        """All that is printed."""
        return [*(self.block(lead) for lead in self.leads), search_block(self.answer, self.leads)]


@dataclass(frozen=True, slots=True)
class _Part:
    block: Block
    picture: Markup


def figure_name(lead: Lead) -> str:
    """Name of a lead's figure, without ending."""
    return f"peeling_{reading_in_file_name(lead.reading)}"


def discovery_markdown(found: Discovered, figures: Collection[str]) -> str:
    """Write the report; `figures` names the figures that lie in the folder `FIGURES`."""
    answer = found.answer
    parts = [_Part(found.block(lead), _picture(answer, lead, figures)) for lead in found.leads]
    search = search_block(answer, found.leads)
    return render("discovery", answer.words, parts=parts, search=search, source=answer.source)


def _picture(answer: Answer, lead: Lead, figures: Collection[str]) -> Markup:
    name = figure_name(lead)
    if name not in figures:
        return Markup("")
    caption = answer.words("discovery.figure", policy=answer.title(lead.policy))
    return Markup(f"![{escaped(caption)}]({FIGURES}/{name}.png)")


def draw_discoveries(found: Discovered, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw the peeling of each lead that has boxes; parameters and result as for a comparison's figures."""
    answer = found.answer
    drawings = {
        figure_name(lead): partial(
            draw_discovery,
            answer,
            lead.discovery,
            answer.title(lead.policy),
            found.readings[lead.reading],
            found.registry,
        )
        for lead in found.leads
        if lead.discovery.boxes
    }
    with style():
        return draw_all(drawings, folder, failed) if drawings else []
