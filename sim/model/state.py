"""The register of arrays: everything that changes during a run, with dtype, unit and bounds.

`State` is all of a run at the end of a quarter: a copy, or a saved state, has the same future. Slots have no meaning;
ids do (see `sim.model.draws`). The first axis of `Firms` is a firm slot, that of `People` a person slot. One agent
stands for ``inputs.weight`` real ones, and its quantities are those of *one* of them, except the money ledgers of
`Province`, which are yuan for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.model.numerics import Word, kernel, pure
from sim.world.constants import CUTS, LEVELS, TOP, VARIABLES, WAYS
from sim.world.inputs import Inputs

X1, X2, X3, X4, X5, X6, X7, X8, X9, X10, X11, X12, X13 = range(1, VARIABLES)
RING = 8  # quarters of profit a firm remembers
ADVANTAGES = 5  # for climbing: talent, R&D, platform, knowledge, finance

FREE, ALIVE, CLOSED = 0, 1, 2
NOBODY, GRADUATE, SEEKING, EMPLOYED, POOLED, PUBLIC = 0, 1, 2, 3, 4, 5
STATUSES = 6
NO_EMPLOYER = -1
NO_FREE = -1
NEVER = -1
LEDGERS = ("spent", "to_firms", "to_people", "to_places", "administration")

#: The register gives the dtype. Elements are `Any`, because type checkers do not treat a float32 as a float.
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Spec:
    """Dtype, unit and meaning of an array, its axes after the slot, and bounds for living agents."""

    dtype: str
    unit: str
    meaning: str
    tail: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None


class Firms(NamedTuple):
    """Firms, in blocks of slots by region."""

    id0: Annotated[Array, Spec("uint32", "", "kind, region code and birth quarter")]
    id1: Annotated[Array, Spec("uint32", "", "ordinal within region and birth quarter")]
    alive: Annotated[Array, Spec("int8", "", "0 free slot, 1 living, 2 closed this quarter", low=0, high=2)]
    cell: Annotated[Array, Spec("int16", "", "grid cell", low=0)]
    industry: Annotated[Array, Spec("int8", "", "industry", low=0)]
    born: Annotated[Array, Spec("int16", "quarter", "quarter of founding; 0 for the first firms", low=0)]
    level: Annotated[Array, Spec("int8", "", "ladder level", low=0, high=TOP)]
    peak: Annotated[Array, Spec("int8", "", "highest level reached so far", low=0, high=TOP)]
    certified_until: Annotated[
        Array, Spec("int16", "quarter", "registration or high-tech certificate holds until; -1 none", low=-1)
    ]
    certified_first: Annotated[
        Array, Spec("int16", "quarter", "first high-tech certificate of the run; -1 none yet", low=-1)
    ]
    titled_until: Annotated[
        Array, Spec("int16", "quarter", "title of level 3 or 4 holds until; -1 none", low=-1)
    ]
    scarred_until: Annotated[Array, Spec("int16", "quarter", "no project until, after a failed one", low=-1)]
    size: Annotated[Array, Spec("float32", "people", "staff before rounding", low=1)]
    staff: Annotated[Array, Spec("int32", "people", "staff, talent included", low=1)]
    talent: Annotated[Array, Spec("int32", "people", "R&D talent employed", low=0)]
    wanted: Annotated[Array, Spec("float32", "people", "R&D talent wanted", low=0)]
    rounding: Annotated[
        Array,
        Spec("float32", "people", "added to what is wanted, then rounded down to whole posts", low=0, high=1),
    ]
    phi: Annotated[Array, Spec("float32", "share", "talent ratio that is called sufficient", low=0)]
    productivity: Annotated[Array, Spec("float32", "yuan/person-year", "value added per person", low=0)]
    rd_intensity: Annotated[Array, Spec("float32", "share", "own R&D in value added", low=0, high=1)]
    rd_usual: Annotated[Array, Spec("float32", "share", "the same at level 0", low=0, high=1)]
    platform: Annotated[Array, Spec("int8", "", "uses a digital platform", low=0, high=1)]
    adopted: Annotated[Array, Spec("int16", "quarter", "quarter of adoption; -1 never", low=-1)]
    want: Annotated[Array, Spec("int8", "", "wants a platform", low=0, high=1)]
    cash: Annotated[Array, Spec("int64", "yuan", "cash of one represented firm")]
    owed: Annotated[Array, Spec("int64", "yuan", "fees that it still owes", low=0)]
    profits: Annotated[Array, Spec("float32", "yuan/quarter", "profit of the last eight quarters", (RING,))]
    energy_noise: Annotated[Array, Spec("float32", "log", "idiosyncratic energy-cost burden")]
    energy_reference: Annotated[Array, Spec("float32", "log", "memory of the energy burden")]
    energy_burden: Annotated[Array, Spec("float32", "log", "energy-cost burden this quarter")]
    transaction_noise: Annotated[Array, Spec("float32", "log", "idiosyncratic transaction-cost burden")]
    transaction_reference: Annotated[Array, Spec("float32", "log", "memory of the transaction burden")]
    transaction_burden: Annotated[Array, Spec("float32", "log", "transaction-cost burden this quarter")]
    rd_grant: Annotated[Array, Spec("int64", "yuan/quarter", "R&D paid by support this year", low=0)]
    energy_offset: Annotated[Array, Spec("float32", "share", "energy bill offset this year", low=0, high=1)]
    transaction_relief: Annotated[Array, Spec("float32", "share", "relief this year", low=0, high=1)]
    retention: Annotated[Array, Spec("float32", "share", "departures avoided this year", low=0, high=1)]
    funds_until: Annotated[Array, Spec("int16", "quarter", "record of special funds kept until", low=-1)]
    funds: Annotated[
        Array, Spec("float32", "share", "special funds on record, of a usual grant", low=0, high=1)
    ]
    aware_until: Annotated[Array, Spec("int16", "quarter", "awareness of talent support kept until", low=-1)]
    taken_until: Annotated[Array, Spec("int16", "quarter", "extra policy take-up kept until", low=-1)]
    served: Annotated[Array, Spec("float32", "log-odds", "of success, from a place that serves it", low=0)]
    served_until: Annotated[Array, Spec("int16", "quarter", "served until", low=-1)]
    tie: Annotated[Array, Spec("float32", "share", "strength of its tie with a university", low=0, high=1)]
    tied_until: Annotated[Array, Spec("int16", "quarter", "tied until", low=-1)]
    support: Annotated[Array, Spec("int64", "yuan", "support so far, all firms of the agent", low=0)]
    x0: Annotated[Array, Spec("int8", "answer", "survey answers when founded", (VARIABLES,), 0, CUTS)]
    x: Annotated[Array, Spec("int8", "answer", "survey answers this quarter", (VARIABLES,), 0, CUTS)]
    z: Annotated[Array, Spec("float32", "", "latent luck of the copula")]
    p: Annotated[Array, Spec("float32", "probability", "probability of transition difficulty", low=0, high=1)]
    hard: Annotated[Array, Spec("int8", "", "in transition difficulty (Y)", low=0, high=1)]
    hard_star: Annotated[Array, Spec("int8", "", "Y*: hard without the definitional share", low=0, high=1)]


class People(NamedTuple):
    """R&D people; slots in no particular order."""

    id0: Annotated[Array, Spec("uint32", "", "kind, region code and birth quarter")]
    id1: Annotated[Array, Spec("uint32", "", "ordinal within region and birth quarter")]
    status: Annotated[
        Array,
        Spec("int8", "", "free slot, graduate, seeking, employed, pooled, public", low=0, high=STATUSES - 1),
    ]
    region: Annotated[Array, Spec("int8", "", "region of residence", low=0)]
    field: Annotated[Array, Spec("int8", "", "field of talent", low=0)]
    skill: Annotated[Array, Spec("int8", "", "skill class 0, 1, 2", low=0, high=2)]
    wage: Annotated[Array, Spec("int8", "", "wage class: skill plus employer's level when hired", low=0)]
    employer: Annotated[Array, Spec("int32", "", "slot of the employer; -1 none", low=-1)]
    quarters: Annotated[Array, Spec("int16", "quarters", "time in this status", low=0)]


class Province(NamedTuple):
    """What belongs to no single firm or person."""

    clock: Array  # int64[1], quarters since the first quarter of burn-in
    key: Array  # uint32[2], seed and replication
    profit_cuts: Array  # float32[CUTS], cut-points of X5
    knowledge: Array  # float32[cells, industries, LEVELS], ln(S + 1), refreshed yearly
    knowledge_mean: Array  # float32[LEVELS], ln(mean S + 1) at a level
    centre: Array  # float32[ADVANTAGES, LEVELS], yardstick: mean advantages of a level's firms
    usual_readiness: Array  # float32[WAYS], yardstick: mean readiness for a way up
    usual_standing: Array  # float32[LEVELS], yardstick: mean factor on chances from advantages and difficulty
    spent: Array  # int64[levers, regions], yuan so far, administration included
    to_firms: Array  # int64[levers, regions], yuan so far
    to_people: Array  # int64[levers, regions], yuan so far (holding and placing people)
    to_places: Array  # int64[levers, regions], yuan so far (what was built there)
    administration: Array  # int64[levers, regions], yuan so far
    stock: Array  # float64[levers, regions], units that a lever has built in a place
    coming: Array  # float64[levers, regions, quarters], units paid for, by the quarter in which they begin to work
    unserved: Array  # float64[levers, regions], part of an agent that a place could have served besides
    research: Array  # float64[regions], universities, and what laboratories add, in universities
    openness: Array  # float64[regions], share by which the border with other regions has fallen
    protection: Array  # float64[regions], protection of intellectual property that policy has added
    vacancy_rate: Array  # float32[regions], unfilled share of wanted talent last quarter
    fill: Array  # float32[regions, fields], filled share of the posts for a field last quarter
    designations: Array  # float64[1], little-giant designations owed but not yet given, agents
    people_used: Array  # int64[1], person slots ever used: all later ones are empty
    free_person: Array  # int64[1], a free slot below, or -1; the employer of a free slot is -2 less the next
    overflow: Array  # int64[1], nonzero when a block of slots ran out


Agents = TypeVar("Agents", bound=Firms | People)
Part = TypeVar("Part", Firms, People, Province)


class State(NamedTuple):
    """A run at the end of a quarter."""

    firms: Firms
    people: People
    province: Province


def _register(kind: type[NamedTuple]) -> dict[str, Spec]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


_REGISTER: dict[type, dict[str, Spec]] = {kind: _register(kind) for kind in (Firms, People)}


def specs(kind: type[Agents]) -> dict[str, Spec]:
    """Return the register of `Firms` or `People`: field name to `Spec`."""
    return _REGISTER[kind]


def allocate(kind: type[Agents], slots: int) -> Agents:
    """Return zeroed `Firms` or `People` with the given number of slots.

    Arrays with two axes are column-major, so that a pass over slots reads one answer of many firms contiguously.
    """
    arrays = {name: np.zeros((slots, *spec.tail), spec.dtype, "F") for name, spec in specs(kind).items()}
    return kind(**arrays)


def allocate_province(inputs: Inputs, levers: int, key: Array) -> Province:
    """Return a zeroed, empty `Province` for the regions, cells and industries of `inputs`."""
    regions, industries = inputs.industry_cumulative.shape
    return Province(
        clock=np.zeros(1, np.int64),
        key=key,
        profit_cuts=np.zeros(CUTS, np.float32),
        knowledge=np.zeros((len(inputs.cell_region), industries, LEVELS), np.float32),
        knowledge_mean=np.zeros(LEVELS, np.float32),
        centre=np.zeros((ADVANTAGES, LEVELS), np.float32),
        usual_readiness=np.ones(WAYS, np.float32),
        usual_standing=np.ones(LEVELS, np.float32),
        **{name: np.zeros((levers, regions), np.int64) for name in LEDGERS},
        stock=np.zeros((levers, regions)),
        coming=np.zeros((levers, regions, inputs.quarters)),
        unserved=np.zeros((levers, regions)),
        research=inputs.universities.copy(),
        openness=np.zeros(regions),
        protection=np.zeros(regions),
        vacancy_rate=np.zeros(regions, np.float32),
        fill=np.zeros((regions, len(inputs.graduate_field)), np.float32),
        designations=np.zeros(1, np.float64),
        people_used=np.zeros(1, np.int64),
        free_person=np.full(1, NO_FREE, np.int64),
        overflow=np.zeros(1, np.int64),
    )


def _copied(part: Part) -> Part:
    return type(part)(*(array.copy("K") for array in part))


def copy(state: State) -> State:
    """Return a state that shares no array with the given one."""
    return State(_copied(state.firms), _copied(state.people), _copied(state.province))


def save(state: State, path: str) -> None:
    """Write a state to an ``.npz`` file."""
    arrays = {
        f"{group}.{name}": array
        for group, part in state._asdict().items()
        for name, array in part._asdict().items()
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load(path: str) -> State:
    """Read a state that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:

        def part(kind: type[Part], group: str) -> Part:
            return kind(*(arrays[f"{group}.{name}"] for name in kind._fields))

        return State(part(Firms, "firms"), part(People, "people"), part(Province, "province"))


HASH_START = np.uint64(0xCBF29CE484222325)
HASH_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
HASH_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
HASH_SHIFT = np.uint64(33)
ID_BITS = np.uint64(32)  # of one word of an id


@pure
def mix(total: Word, word: Word) -> Word:
    """Fold one 64-bit word into a hash (the finaliser of MurmurHash3)."""
    h = np.uint64(total) ^ np.uint64(word)
    h = (h ^ (h >> HASH_SHIFT)) * HASH_MIX_1
    h = (h ^ (h >> HASH_SHIFT)) * HASH_MIX_2
    return h ^ (h >> HASH_SHIFT)


@kernel
def _sum_of_row_hashes(rows: Array, chosen: Array) -> Word:
    """Sum the hashes of the chosen rows, so that their order does not matter."""
    total = np.uint64(0)
    for i in range(len(rows)):
        if chosen[i]:
            h = HASH_START
            for j in range(rows.shape[1]):
                h = mix(h, rows[i, j])
            total += h
    return total


def _fold(total: Word, rows: Array, chosen: Array) -> Word:
    """Fold the chosen rows into a running hash."""
    return np.uint64(mix(np.uint64(total), np.uint64(_sum_of_row_hashes(rows, chosen))))


def _rows(part: Firms | People, replace: dict[str, Array]) -> Array:
    """Return the arrays of a part, some replaced, as columns of bits: uint64[slots, columns]."""
    columns = []
    for name in part._fields:
        array = replace.get(name, getattr(part, name))
        flat = array.reshape(len(array), -1)
        if flat.dtype.kind == "f":
            flat = flat.astype(np.float64).view(np.uint64)
        columns.append(flat.astype(np.uint64))
    return np.ascontiguousarray(np.concatenate(columns, axis=1))


def state_hash(state: State) -> str:
    """Return the hash of exactly what matters for the future.

    Agents are identified by id, so slots may be permuted. Storage (free slots, closed firms) is left out.
    """
    firms, people, province = state
    living = firms.alive == ALIVE
    present = people.status != NOBODY
    held = people.employer >= 0
    employer = np.zeros(len(people.employer), np.uint64)
    slots = people.employer[held]
    employer[held] = (firms.id0[slots].astype(np.uint64) << ID_BITS) | firms.id1[slots]
    total = _fold(HASH_START, _rows(firms, {}), living)
    total = _fold(total, _rows(people, {"employer": employer}), present)
    for name in province._fields:
        if name in ("people_used", "free_person"):
            continue
        flat = getattr(province, name).reshape(1, -1)
        flat = flat.astype(np.float64).view(np.uint64) if flat.dtype.kind == "f" else flat.astype(np.uint64)
        total = _fold(total, np.ascontiguousarray(flat), np.ones(1, np.bool_))
    return f"{int(total):016x}"
