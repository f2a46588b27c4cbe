"""The parts of the reference twin: firms and people as objects, ledgers as dictionaries, counts by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.model import outputs as register
from sim.model import state as st
from sim.world.levers import CHANNELS, FIRM_RULES, LEVERS, TERMS, Lever, Term
from tests.reference_numbers import f32, philox

# Which draw is for what; a contract shared with the kernel, as are the layout of ids and the four words' order.
FIRM, PERSON = 1, 2
PURPOSES = {
    "firm's quarter": 1,
    "firm's birth": 2,
    "phase of sizes": 12,
    "survey": 3,
    "vacancy": 4,
    "designation": 5,
    "founding": 6,
    "person's quarter": 7,
    "person's birth": 8,
    "arrival": 9,
    "pool": 10,
    "grant": 11,
    "phase of answers": 14,
    "review": 15,
    "outsider": 255,
    "target": 16,
}
WAYS = ((0, 1), (1, 2), (2, 3), (0, 2))  # from level, to level; in the order of the arrays
LEDGERS = ("spent", "to_firms", "to_people", "to_places", "administration")


@dataclass(eq=False)
class Firm:
    """A firm; names as in the register of arrays. ``closed`` firms linger until their people have left."""

    id: tuple[int, int]
    region: int
    cell: int
    industry: int
    born: int
    level: int
    size: float
    closed: bool = False
    certified_first: int = -1
    peak: int = 0
    certified_until: int = -1
    titled_until: int = -1
    scarred_until: int = -1
    staff: int = 0
    talent: int = 0
    wanted: float = 0.0
    rounding: float = 0.0
    phi: float = 0.0
    productivity: float = 0.0
    rd_intensity: float = 0.0
    rd_usual: float = 0.0
    platform: int = 0
    adopted: int = -1
    want: int = 0
    cash: int = 0
    owed: int = 0
    profits: list[float] = field(default_factory=lambda: [0.0] * 8)
    energy_noise: float = 0.0
    energy_reference: float = 0.0
    energy_burden: float = 0.0
    transaction_noise: float = 0.0
    transaction_reference: float = 0.0
    transaction_burden: float = 0.0
    rd_grant: int = 0
    energy_offset: float = 0.0
    transaction_relief: float = 0.0
    retention: float = 0.0
    funds_until: int = -1
    funds: float = 0.0
    aware_until: int = -1
    taken_until: int = -1
    served: float = 0.0
    served_until: int = -1
    tie: float = 0.0
    tied_until: int = -1
    support: int = 0
    x0: list[int] = field(default_factory=lambda: [0] * 14)
    x: list[int] = field(default_factory=lambda: [0] * 14)
    z: float = 0.0
    p: float = 0.0
    hard: int = 0
    hard_star: int = 0

    @property
    def open_posts(self) -> int:
        """Whole people wanted beyond those employed."""
        return max(floor(self.wanted + self.rounding) - self.talent, 0)

    @property
    def quality(self) -> int:
        """X2: level 2 or higher."""
        return 1 if self.level >= 2 else 0


@dataclass(eq=False)
class Person:
    """Somebody who does R&D, or would."""

    id: tuple[int, int]
    status: str
    region: int
    field: int
    skill: int
    wage: int
    employer: Firm | None
    quarters: int = 0

    @property
    def looking(self) -> bool:
        """Whether the person wants a post and is not in the pool."""
        return self.status in ("graduate", "seeking")

    def becomes(self, status: str) -> None:
        """Take up a status without an employer."""
        self.status, self.employer, self.quarters = status, None, 0


STATUSES = {"graduate": 1, "seeking": 2, "employed": 3, "pooled": 4, "public_sector": 5}


class World:
    """One province in one run."""

    def __init__(
        self,
        ground: Any,
        seed: int,
        replication: int,
        levers: Sequence[Lever] = LEVERS,
        terms: Sequence[Term] = TERMS,
    ) -> None:
        self.inputs = plain(ground.inputs)
        self.p = plain(ground.parameters)
        self.levers = [lever_row(ground.programme, k, lever.name, terms) for k, lever in enumerate(levers)]
        self.key = (seed, replication)
        self.clock = 0
        self.firms: list[Firm] = []
        self.people: list[Person] = []
        self.profit_cuts = [0.0] * 4
        self.knowledge: dict[
            tuple[int, int, int], float
        ] = {}  # (cell, industry, level), 0 where nothing is in reach
        self.knowledge_mean = [0.0] * 5
        self.centre = [[0.0] * 5 for _ in range(5)]  # of each advantage, by level
        self.usual_readiness = dict.fromkeys(WAYS, 1.0)
        self.usual_standing = [1.0] * 5
        self.ledger: Counter[tuple[str, int, int]] = Counter()  # (kind of flow, lever, region) -> yuan so far
        self.vacancy_rate = [0.0] * len(self.inputs.region_code)
        fields = len(self.inputs.graduate_field)
        self.fill = [[f32(self.p.fill_usual)] * fields for _ in self.regions]  # by region and field
        self.designations = 0.0
        self.stock: Counter[tuple[int, int]] = Counter()  # (lever, region) -> units
        self.coming: Counter[tuple[int, int, int]] = Counter()  # the same and a quarter -> units paid for
        self.unserved: Counter[tuple[int, int]] = Counter()  # (lever, region) -> part of a firm left over
        self.research: list[float] = list(self.inputs.universities)
        self.openness = [0.0] * len(self.regions)
        self.protection = [0.0] * len(self.regions)
        self.counts: Counter[tuple[str, int, str]] = (
            Counter()
        )  # (region | industry, number, metric) of this quarter
        self.events: Counter[tuple[str, ...] | str] = Counter()  # what happened at all, over the run

    @property
    def regions(self) -> range:
        """Numbers of the regions, in order of their codes."""
        return range(len(self.inputs.region_code))

    @property
    def living(self) -> list[Firm]:
        """Firms that have not closed."""
        return [firm for firm in self.firms if not firm.closed]

    def identity(self, kind: int, region: int, birth: int, ordinal: int) -> tuple[int, int]:
        """Id: kind (13 bits), official region code (19 bits), birth quarter (11 bits); and the ordinal."""
        return (kind * 2**19 + self.inputs.region_code[region]) * 2**11 + birth, ordinal

    def draw(
        self, who: tuple[int, int], t: int, purpose: str, number: int = 0, extra: int = 0
    ) -> tuple[int, ...]:
        """Four words of luck of an agent, for a purpose in a quarter."""
        return philox((*who, t * 256 + PURPOSES[purpose] + extra, number), self.key)

    def count_firm(self, firm: Firm, metric: str, amount: int = 1) -> None:
        """Count something about a firm, in its region and in its industry."""
        self.counts["region", firm.region, metric] += amount
        self.counts["industry", firm.industry, metric] += amount

    def count_people(self, region: int, metric: str) -> None:
        """Count one person in a region."""
        self.counts["region", region, metric] += 1


def plain(arrays: Any) -> SimpleNamespace:
    """Named arrays and numbers as nested lists of Python numbers."""
    return SimpleNamespace(
        **{name: getattr(value, "tolist", lambda v=value: v)() for name, value in arrays._asdict().items()}
    )


def lever_row(programme: Any, number: int, lever: str, terms: Sequence[Term]) -> SimpleNamespace:
    """One row of the programme table, channels, terms and rule by name."""
    row = SimpleNamespace(**{name: column[number] for name, column in plain(programme).__dict__.items()})
    row.number, row.name = number, lever
    row.effect = dict(zip(CHANNELS, row.effect, strict=True))
    row.terms = dict(zip((term.name for term in terms), row.terms, strict=True))
    row.rule = FIRM_RULES[row.rule]
    row.in_force = lambda t: row.first <= t <= row.last
    return row


# To be compared with the kernel --------------------------------------------------------------------------------------


def as_state(world: World) -> st.State:
    """The twin's world in the kernel's arrays, firms and people in the twin's own order."""
    firms = st.allocate(st.Firms, len(world.firms))
    slot = {}
    for k, firm in enumerate(world.firms):
        slot[firm] = k
        firms.id0[k], firms.id1[k] = firm.id
        firms.alive[k] = st.CLOSED if firm.closed else st.ALIVE
        for name in st.Firms._fields:
            if name not in ("id0", "id1", "alive"):
                getattr(firms, name)[k] = getattr(firm, name)
    people = st.allocate(st.People, len(world.people))
    for j, person in enumerate(world.people):
        people.id0[j], people.id1[j] = person.id
        people.status[j] = STATUSES[person.status]
        people.employer[j] = -1 if person.employer is None else slot[person.employer]
        for name in ("region", "field", "skill", "wage", "quarters"):
            getattr(people, name)[j] = getattr(person, name)
    return st.State(firms, people, _province(world))


def _province(world: World) -> st.Province:
    table = np.zeros((len(world.inputs.cell_region), len(world.inputs.industry_field), 5), np.float32)
    for place, value in world.knowledge.items():
        table[place] = value
    by_lever = len(world.levers), len(world.regions)
    ledgers = {name: np.zeros(by_lever, np.int64) for name in LEDGERS}
    for (name, lever, region), yuan in world.ledger.items():
        ledgers[name][lever, region] = yuan
    units = {"stock": np.zeros(by_lever), "coming": np.zeros((*by_lever, world.inputs.quarters))}
    units["unserved"] = np.zeros(by_lever)
    for name, array in units.items():
        for place, number in getattr(world, name).items():
            array[place] = number
    return st.Province(
        clock=np.array([world.clock], np.int64),
        key=np.array(world.key, np.uint32),
        profit_cuts=np.array(world.profit_cuts, np.float32),
        knowledge=table,
        knowledge_mean=np.array(world.knowledge_mean, np.float32),
        centre=np.array(world.centre, np.float32),
        usual_readiness=np.array([world.usual_readiness[way] for way in WAYS], np.float32),
        usual_standing=np.array(world.usual_standing, np.float32),
        **ledgers,
        **units,
        research=np.array(world.research),
        openness=np.array(world.openness),
        protection=np.array(world.protection),
        vacancy_rate=np.array(world.vacancy_rate, np.float32),
        fill=np.array(world.fill, np.float32),
        designations=np.array([world.designations], np.float64),
        people_used=np.zeros(1, np.int64),
        free_person=np.zeros(1, np.int64),
        overflow=np.zeros(1, np.int64),
    )


def as_arrays(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the last quarter as int64[regions, metrics] and int64[industries, metrics]."""
    sizes = {"region": len(world.regions), "industry": len(world.inputs.industry_field)}
    spent = {f"spent_{lever.name}": register.M_SPENT + lever.number for lever in world.levers}
    columns = register.METRIC_INDEX | spent
    tables = {kind: np.zeros((size, len(columns)), np.int64) for kind, size in sizes.items()}
    for (kind, number, metric), amount in world.counts.items():
        tables[kind][number, columns[metric]] = amount
    return tables["region"], tables["industry"]


def differences(kernel: st.State, twin: st.State) -> list[str]:
    """Where two states differ, agents by id: lines for people to read."""
    lines = []
    for part in ("firms", "people"):
        rows = []
        for state in (kernel, twin):
            arrays = getattr(state, part)
            there = arrays.alive == st.ALIVE if part == "firms" else arrays.status != st.NOBODY
            rows.append({(int(arrays.id0[k]), int(arrays.id1[k])): k for k in np.flatnonzero(there)})
        if rows[0].keys() != rows[1].keys():
            lines.append(f"{part}: only kernel {sorted(rows[0].keys() - rows[1].keys())[:5]}")
            lines.append(f"{part}: only twin {sorted(rows[1].keys() - rows[0].keys())[:5]}")
        for name in getattr(kernel, part)._fields:
            if name == "employer":  # slots differ; who is employed shows in status and talent
                continue
            one, other = getattr(getattr(kernel, part), name), getattr(getattr(twin, part), name)
            wrong = [
                who
                for who in rows[0].keys() & rows[1].keys()
                if (one[rows[0][who]] != other[rows[1][who]]).any()
            ]
            lines += [
                f"{part}.{name} of {who}: {one[rows[0][who]]} / {other[rows[1][who]]}" for who in wrong[:2]
            ]
    for name in st.Province._fields:
        one, other = getattr(kernel.province, name), getattr(twin.province, name)
        if name not in ("people_used", "free_person") and not np.array_equal(one, other):
            place = np.argwhere(one != other)[0]
            lines.append(f"province.{name} at {place}: {one[tuple(place)]} / {other[tuple(place)]}")
    return lines
