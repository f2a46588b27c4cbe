"""What public money builds in a place: units that a lever pays for, and what they do there (docs/odd.md).

A lever that builds keeps a stock of units in each region. Units begin to work some quarters after they are paid for and
decay. While they last, they move what belongs to the place: research of its universities, openness of its border,
protection of intellectual property. Or they serve a number of the place's firms a year: the firms' projects succeed
more often, or the firms are tied to a university. Whoever has an advantage already is not served again.
"""

from __future__ import annotations

import numpy as np

from sim.model.draws import FIRM_GRANT, block, uniform
from sim.model.governments import (
    C_OPENNESS,
    C_PROTECTION,
    C_RESEARCH,
    C_SUCCESS,
    C_TIE,
    NOT_FOR_SALE,
    T_ACCEPTS,
    T_DECAY,
    T_DELAY,
    T_LASTS,
    T_MOST,
    T_SERVES,
    T_WHOLE,
    TAKEN,
    choose_firms,
    eligible,
    gross,
    payable,
    purse,
    year_price,
)
from sim.model.numerics import Int, hot, inner, round_money
from sim.model.outputs import M_SERVED, M_SPENT, Tally, count_firm
from sim.model.state import Array, Firms, Province
from sim.world.constants import YEAR
from sim.world.inputs import Inputs, Parameters, Programme


@inner
def build(lever: Int, t: Int, programme: Programme, province: Province, p: Parameters, out: Tally) -> None:
    """Spend a lever's money on units, each region its own; what buys no whole unit, or no room, stays in the purse."""
    each = round_money(year_price(lever, t, programme))
    total, by_region = purse(lever, t, programme, province)
    if each == 0 or total <= 0:
        return
    price = gross(each, p)
    delay = np.int64(programme.terms[lever, T_DELAY])
    may = payable(total, by_region)
    for r in range(len(may)):
        room = programme.terms[lever, T_MOST] - province.stock[lever, r]
        for later in range(t + 1, province.coming.shape[2]):
            room -= province.coming[lever, r, later]
        paid = min(may[r], int(np.floor(max(room, 0.0) * price)))
        if programme.terms[lever, T_WHOLE] > 0.0:
            paid = paid // price * price
        units = paid / price
        received = min(round_money(units * each), paid)
        province.spent[lever, r] += paid
        out[0][r, M_SPENT + lever] += paid
        province.to_places[lever, r] += received
        province.administration[lever, r] += paid - received
        if delay == 0:
            province.stock[lever, r] += units
        elif t + delay < province.coming.shape[2]:  # else it is not ready within the horizon
            province.coming[lever, r, t + delay] += units


@inner
def grow_and_decay(lever: Int, t: Int, programme: Programme, province: Province) -> None:
    """Let a year's decay happen when it begins, then let units that were paid for earlier begin to work."""
    for r in range(province.stock.shape[1]):
        if t % YEAR == 0:
            province.stock[lever, r] *= 1.0 - programme.terms[lever, T_DECAY]
        province.stock[lever, r] += province.coming[lever, r, t]
        province.coming[lever, r, t] = 0.0


@hot
def lacks(f: Firms, i: Int, lever: Int, t: Int, programme: Programme) -> bool:
    """Whether firm i does not have yet what a lever's units offer."""
    served: bool = (programme.effect[lever, C_SUCCESS] > 0.0) & (f.served_until[i] <= t)
    tied: bool = (programme.effect[lever, C_TIE] > 0.0) & (f.tied_until[i] <= t)
    return served | tied


@hot
def tie(f: Firms, i: Int, strength: float, until: Int) -> None:
    """Tie firm i to a university."""
    f.tie[i] = strength
    f.tied_until[i] = until


@inner
def serve(
    f: Firms,
    lever: Int,
    t: Int,
    stop: Array,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Let a lever's units serve firms of their regions for the rest of the year, chosen by the lever's rule.

    A part of a firm that is left over counts next time. Some of the firms gain nothing: they would have managed
    anyway, or decline.
    """
    quarters = YEAR - t % YEAR
    strength = programme.strength[lever]
    until = t + np.int64(programme.terms[lever, T_LASTS])
    for r in range(len(stop)):
        places = province.stock[lever, r] * programme.terms[lever, T_SERVES] * quarters / YEAR / inputs.weight
        places += province.unserved[lever, r]
        number = int(np.floor(places))
        province.unserved[lever, r] = places - number
        if number == 0:
            continue
        first = inputs.firm_start[r]
        price = np.full(stop[r] - first, NOT_FOR_SALE, np.int64)
        for i in range(first, stop[r]):
            if eligible(f, i, lever, t, programme) and lacks(f, i, lever, t, programme):
                price[i - first] = 1
        chosen = choose_firms(f, lever, t, first, stop[r], number, price, programme, province, p)
        for i in range(first, stop[r]):
            if chosen[i - first] != TAKEN:
                continue
            count_firm(out[0], out[1], r, np.int64(f.industry[i]), M_SERVED, 1)
            u = uniform(block(f.id0[i], f.id1[i], t, FIRM_GRANT, lever, province.key)[0])
            if u < programme.terms[lever, T_ACCEPTS]:
                if programme.effect[lever, C_SUCCESS] > 0.0:
                    f.served[i] = strength * programme.effect[lever, C_SUCCESS]
                    f.served_until[i] = until
                if programme.effect[lever, C_TIE] > 0.0:
                    tie(f, i, strength * programme.effect[lever, C_TIE], until)


@inner
def places(
    f: Firms,
    t: Int,
    stop: Array,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Build, let decay and serve in quarter t, and say what places are like now.

    Money is spent when a fiscal year begins and in a lever's first quarter, as support of firms is.
    """
    province.research[:] = inputs.universities
    province.openness[:] = 0.0
    province.protection[:] = 0.0
    for lever in range(len(programme.first)):
        if not programme.builds[lever] or t < programme.first[lever]:
            continue
        starts = t % YEAR == 0 or t == programme.first[lever]
        grow_and_decay(lever, t, programme, province)
        if starts and t <= programme.last[lever]:
            build(lever, t, programme, province, p, out)
        if starts and programme.terms[lever, T_SERVES] > 0.0:
            serve(f, lever, t, stop, programme, province, inputs, p, out)
        effect = programme.effect[lever]
        for r in range(len(stop)):
            acting = programme.strength[lever] * province.stock[lever, r]
            province.research[r] += acting * effect[C_RESEARCH]
            province.openness[r] = min(province.openness[r] + acting * effect[C_OPENNESS], 1.0)
            province.protection[r] = min(province.protection[r] + acting * effect[C_PROTECTION], 1.0)
