"""All policy levers as rows of one programme table: what a lever costs, whom it may reach, what it moves.

A lever never sets an outcome. It pays recipients and moves *channels*, states that docs/odd.md describes. The kernel
knows channels, terms and targeting rules, but no lever's name. A new lever is a new row of `LEVERS` with its numbers
in ``parameters.csv``; a number that only some levers have is a new `Term`. The model changes only for a new channel
or term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.world.constants import YEAR

Numbers = Mapping[str, float]

#: Effects on a supported firm (or held person), in kernel order. Magnitudes are per unit of support.
CHANNELS: tuple[str, ...] = (
    "cash",  # above 0: what the payment does not add to R&D stays in the firm's cash, however large the number
    "rd",  # yuan of real R&D per yuan of payment
    "adopt",  # probability that support makes the firm adopt a platform it would not have adopted
    "funds",  # X10: the firm has received special funds
    "aware",  # X11: the firm knows of talent and training support
    "take_up",  # X13: the firm has taken up one more policy
    "transaction",  # share by which the transaction-cost burden falls while supported
    "energy",  # largest share of the energy bill that the payment may offset while supported
    "retain",  # share by which departures of the firm's talent fall while supported
    "hold",  # 1: people are supported, not firms; unmatched people are held in the pool
    "success",  # log-odds of success of the projects of a firm that a unit serves
    "tie",  # strength of the tie with a university to which a unit brings a firm
    "research",  # what a unit adds to the research of its region, in universities
    "openness",  # share by which a unit lowers the border of its region
    "protection",  # what a unit adds to the protection of intellectual property in its region, 1 in full
)


@dataclass(frozen=True, slots=True)
class Term:
    """A number that some levers have besides their cost and channels, such as the rate or duration of a contract.

    Attributes
    ----------
    name
        In the kernel, ``T_`` and the name in capitals.
    unit
        The unit of the parameters that hold it.
    meaning
        What it says.
    """

    name: str
    unit: str
    meaning: str


#: Terms in kernel order, the columns of `sim.world.inputs.Programme.terms`.
TERMS: tuple[Term, ...] = (
    Term("capacity", "people", "most people held at a time in the whole province"),
    Term("placement", "yuan per placement", "price of placing a held person"),
    Term(
        "reach",
        "switch",
        "1: posts of the whole province are open to a held person, 0: those of the own region",
    ),
    Term("lock", "share", "held people who do not search in a quarter"),
    Term("priority", "switch", "1: held people meet the posts before everybody else, 0: after them"),
    Term("sourced", "people per year", "most people brought in from outside in a year"),
    Term("sourcing", "yuan per person", "price of bringing one in"),
    Term("size_elasticity", "elasticity", "of the price per firm in its staff; 0: all firms cost the same"),
    Term("size_usual", "people", "staff of a firm that costs the unit cost"),
    Term("delay", "quarters", "time between payment for a unit and its work"),
    Term(
        "decay",
        "share per year",
        "units lost when a year begins; 1: units last for the year they are paid for",
    ),
    Term("most", "units", "most units of a region"),
    Term("whole", "switch", "1: only whole units are paid for"),
    Term("serves", "firms per year", "firms that a unit serves in a year"),
    Term("accepts", "share", "firms served that gain by it"),
    Term("lasts", "quarters", "time for which a firm keeps what a unit gave it"),
)

FIRM_RULES: tuple[str, ...] = ("random", "need", "small_first", "best_first", "ladder")
REGION_RULES: tuple[str, ...] = ("equal", "gdp", "need", "core")


@dataclass(frozen=True, slots=True)
class Lever:
    """One policy instrument of the programme table.

    Attributes
    ----------
    name, instrument
        Key in a scenario's ``levers`` and id in ``instruments.csv``.
    en, zh
        What people call it.
    unit_cost
        Parameter that holds yuan per firm-year (per person-quarter where the channel is ``hold``), for a firm of usual
        size where the price rises with staff.
    effects
        Channel magnitudes at strength 1, from the scenario's parameters.
    settings
        Keys that a scenario may write under the lever, each with the parameter that it overrides.
    terms
        The lever's terms, each with the parameter that holds it.
    nature
        Terms whose number is no assumption but says what kind of lever it is; all other terms are 0.
    choices
        Settings that take a word, with the number each word stands for.
    once
        True if a firm is paid the whole amount whenever in the year support begins, not only for the quarters left.
    needs_wish
        True if only firms that want a platform and have none are eligible; a firm that was paid and still has none may
        apply again.
    needs_talent
        True if only firms that employ talent are eligible.
    at_certificate
        True if firms are paid in the quarter of their first high-tech certificate, and only then.
    builds
        True if the money buys units of something in a place (`sim.model.places`) at ``unit_cost`` each; channels are
        then per unit, or per firm that a unit serves.
    """

    name: str
    instrument: str
    en: str
    zh: str
    unit_cost: str
    effects: Callable[[Numbers], dict[str, float]]
    settings: Mapping[str, str]
    terms: Mapping[str, str] = field(default_factory=dict)
    nature: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    once: bool = False
    needs_wish: bool = False
    needs_talent: bool = False
    at_certificate: bool = False
    builds: bool = False

    @property
    def parameters(self) -> frozenset[str]:
        """All parameters that hold its numbers."""
        return frozenset((self.unit_cost, *self.settings.values(), *self.terms.values()))


#: Terms of what money builds, by nature: counted in whole units, without an end; or a state of a place, in tenths from
#: nothing to all, that lasts for the year it is paid for.
_COUNTED: Mapping[str, float] = {"whole": 1.0, "most": 1e9}
_STATE: Mapping[str, float] = {"decay": 1.0, "most": 10.0}
_TENTH = 0.1


def _centres(kind: str, en: str, zh: str) -> Lever:
    """Return the lever of one kind of centre; kinds differ in what one costs and how many firms it serves."""
    cost, serves = f"cost_{kind}", f"serves_{kind}"
    return Lever(
        name=f"{kind}_centres",
        instrument="P09",
        en=en,
        zh=zh,
        unit_cost=cost,
        effects=lambda p: {"success": p["serve_P09"]},
        settings={
            "amount": cost,
            "serves": serves,
            "effect": "serve_P09",
            "gaining": "gaining_P09",
            "building_time": "delay_P09",
        },
        terms={"delay": "delay_P09", "decay": "decay_P09", "accepts": "gaining_P09", "serves": serves},
        nature={**_COUNTED, "lasts": YEAR},
        once=True,
        builds=True,
    )


LEVERS: tuple[Lever, ...] = (
    Lever(
        name="talent_pool",
        instrument="P04",
        en="Talent reserve pool",
        zh="人才储备池",
        unit_cost="cost_pool",
        effects=lambda p: {"hold": 1.0},
        settings={
            "capacity": "pool_capacity",
            "holding_cost": "cost_pool",
            "placement_cost": "cost_match",
            "lock_in": "lock",
            "match_reach": "pool_reach",
            "match_order": "pool_priority",
            "sourced": "pool_sourced",
            "sourcing_cost": "cost_source",
        },
        terms={
            "capacity": "pool_capacity",
            "placement": "cost_match",
            "reach": "pool_reach",
            "lock": "lock",
            "priority": "pool_priority",
            "sourced": "pool_sourced",
            "sourcing": "cost_source",
        },
        choices={
            "match_reach": {"region": 0.0, "province": 1.0},
            "match_order": {"after_market": 0.0, "before_market": 1.0},
        },
    ),
    Lever(
        name="rd_subsidy",
        instrument="P01",
        en="R&D subsidy",
        zh="研发补贴",
        unit_cost="cost_P01",
        effects=lambda p: {
            "cash": 1.0 - (1.0 + p["add_P01"]) * (1.0 - p["relabel"]),
            "rd": (1.0 + p["add_P01"]) * (1.0 - p["relabel"]),
            "funds": 1.0,
            "take_up": 1.0,
        },
        settings={"amount": "cost_P01", "additionality": "add_P01", "relabelled": "relabel"},
    ),
    Lever(
        name="platforms",
        instrument="P08",
        en="Digital platforms",
        zh="数字化平台",
        unit_cost="cost_P08",
        effects=lambda p: {"adopt": 1.0 - p["deadweight_P08"], "take_up": 1.0},
        settings={
            "amount": "cost_P08",
            "deadweight": "deadweight_P08",
            "size_elasticity": "elasticity_P08",
            "size_usual": "staff_P08",
        },
        terms={"size_elasticity": "elasticity_P08", "size_usual": "staff_P08"},
        once=True,
        needs_wish=True,
    ),
    Lever(
        name="talent_support",
        instrument="P03",
        en="Talent subsidy and housing",
        zh="人才补贴与安居",
        unit_cost="cost_P03",
        effects=lambda p: {"retain": p["retain_P03"], "aware": 1.0, "take_up": 1.0},
        settings={"amount": "cost_P03", "retention": "retain_P03"},
        needs_talent=True,
    ),
    Lever(
        name="auto_delivery",
        instrument="P14",
        en="Enjoy without applying",
        zh="免申即享",
        unit_cost="cost_P14",
        effects=lambda p: {"transaction": p["relief_P14"], "aware": 1.0, "take_up": 1.0},
        settings={"amount": "cost_P14", "relief": "relief_P14"},
    ),
    Lever(
        name="energy_relief",
        instrument="P15",
        en="Energy-cost relief",
        zh="用能成本减负",
        unit_cost="cost_P15",
        effects=lambda p: {"cash": 1.0, "energy": p["relief_P15"]},
        settings={"amount": "cost_P15", "relief": "relief_P15"},
    ),
    Lever(
        name="certificate_award",
        instrument="P18",
        en="Award per certificate",
        zh="高新技术企业认定奖励",
        unit_cost="cost_P18",
        effects=lambda p: {"cash": 1.0, "funds": 1.0, "take_up": 1.0},
        settings={"amount": "cost_P18"},
        once=True,
        at_certificate=True,
    ),
    _centres("proof", "Proof-of-concept centres", "概念验证中心"),
    _centres("pilot", "Pilot-scale centres", "中试平台"),
    Lever(
        name="technology_managers",
        instrument="P07",
        en="Technology managers",
        zh="技术经理人",
        unit_cost="cost_P07",
        effects=lambda p: {"tie": p["tie_P07"]},
        settings={
            "amount": "cost_P07",
            "serves": "serves_P07",
            "effect": "tie_P07",
            "accepted": "accept_P07",
            "tie_lasts": "lasts_P07",
        },
        terms={"serves": "serves_P07", "accepts": "accept_P07", "lasts": "lasts_P07"},
        nature={**_COUNTED, "decay": 1.0},
        builds=True,
    ),
    Lever(
        name="laboratories",
        instrument="P23",
        en="Laboratories",
        zh="实验室",
        unit_cost="cost_P23",
        effects=lambda p: {"research": p["research_P23"]},
        settings={"amount": "cost_P23", "effect": "research_P23", "building_time": "delay_P23"},
        terms={"delay": "delay_P23", "decay": "decay_P23"},
        nature=_COUNTED,
        once=True,
        builds=True,
    ),
    Lever(
        name="coordination",
        instrument="P24",
        en="Coordination across regions",
        zh="跨区协同",
        unit_cost="cost_P24",
        effects=lambda p: {"openness": _TENTH},
        settings={"amount": "cost_P24"},
        nature=_STATE,
        builds=True,
    ),
    Lever(
        name="ip_protection",
        instrument="P16",
        en="Protection of intellectual property",
        zh="知识产权保护",
        unit_cost="cost_P16",
        effects=lambda p: {"protection": _TENTH},
        settings={"amount": "cost_P16"},
        nature=_STATE,
        builds=True,
    ),
)

LEVER_NAMES: tuple[str, ...] = tuple(lever.name for lever in LEVERS)


def supports_people(name: str, parameters: Numbers) -> bool:
    """Whether a lever supports people, not firms."""
    return "hold" in LEVERS[LEVER_NAMES.index(name)].effects(parameters)


def chooses_firms(name: str, parameters: Numbers) -> bool:
    """Whether a rule chooses the firms that a lever supports or serves; else it acts on people or on whole places."""
    lever = LEVERS[LEVER_NAMES.index(name)]
    return "serves" in lever.terms if lever.builds else not supports_people(name, parameters)
