"""The reference twin's governments: purses, who is supported, what support changes (docs/odd.md)."""

from __future__ import annotations

from types import SimpleNamespace

from tests.reference_firms import adopt
from tests.reference_numbers import f32, luck, uniform, whole
from tests.reference_world import Firm, World


def gross(world: World, amount: int) -> int:
    """Yuan that leave the purse for an amount received: administration is a share of spending."""
    return whole(amount / (1.0 - world.p.admin))


def unspent(world: World, lever: SimpleNamespace) -> list[int]:
    """Yuan authorised by region up to this fiscal year and not yet spent; unspent money carries over."""
    years = lever.budget[: world.clock // 4 + 1]
    return [
        sum(year[region] for year in years) - world.ledger["spent", lever.number, region]
        for region in world.regions
    ]


def pay(world: World, lever: SimpleNamespace, region: int, amount: int, recipient: str) -> None:
    """Book a payment and its administration."""
    total = gross(world, amount)
    world.ledger["spent", lever.number, region] += total
    world.ledger[recipient, lever.number, region] += amount
    world.ledger["administration", lever.number, region] += total - amount
    world.counts["region", region, f"spent_{lever.name}"] += total


def units(purse: list[int], cost: int) -> list[int]:
    """Whole units by region: floors of each purse, then by largest remainder up to what the province can pay.

    Where remainders lent earlier leave the province with less than the floors, the smallest remainders give back.
    """
    floors = [max(money // cost, 0) for money in purse]
    rest = [money - floor * cost for money, floor in zip(purse, floors, strict=True)]
    payable = max(sum(purse) // cost, 0)
    more = payable - sum(floors)
    if more > 0:
        for region in sorted(range(len(purse)), key=lambda r: (-rest[r], r))[:more]:
            floors[region] += 1
    else:
        bought = [(rest[r] + k * cost, r) for r in range(len(purse)) for k in range(floors[r])]
        for _, region in sorted(bought)[: sum(floors) - payable]:
            floors[region] -= 1
    return floors


def eligible(lever: SimpleNamespace, firm: Firm) -> bool:
    """Level, industry, staff; for adoption a wish and no platform; for talent, somebody employed."""
    return (
        not firm.closed
        and lever.levels[firm.level]
        and lever.industries[firm.industry]
        and lever.least_staff <= firm.staff <= lever.most_staff
        and not (lever.needs_wish and (firm.platform or not firm.want))
        and not (lever.needs_talent and firm.talent == 0)
    )


def rank(world: World, lever: SimpleNamespace, firm: Firm, classes: int) -> int:
    """Class under the targeting rule, best first; luck decides within a class."""
    p = world.p
    if lever.rule == "need":
        return int(classes * (1.0 - firm.p))
    if lever.rule == "small_first":
        return int(classes * float(firm.staff) / (firm.staff + p.small_staff))
    if lever.rule == "best_first":
        return int(classes * (1.0 - firm.rd_intensity / (firm.rd_intensity + p.rd_level[4])))
    if lever.rule == "ladder":
        return 4 - firm.level
    return 0


def support(world: World, lever: SimpleNamespace, firm: Firm) -> None:
    """Pay a firm for the rest of the fiscal year and move what the lever moves."""
    p, t, effect = world.p, world.clock, lever.effect
    quarters = 4 - t % 4
    each = whole(lever.strength * lever.unit * (1.0 if lever.once else quarters / 4))
    if effect["energy"] > 0.0:
        bill = world.inputs.energy_share[firm.industry] * firm.productivity * firm.staff * quarters / 4
        bill *= world.inputs.energy[t][firm.region][firm.industry]
        each = min(each, whole(lever.strength * effect["energy"] * bill))
        firm.energy_offset = f32(min(each / bill, effect["energy"]))
    pay(world, lever, firm.region, each * world.inputs.weight, "to_firms")
    firm.support += each * world.inputs.weight
    research = whole(effect["rd"] * each) // quarters
    firm.rd_grant += research
    if effect["rd"] > 0.0 or effect["cash"] > 0.0:
        firm.cash += whole((1.0 - p.payout) * (each - research * quarters))
    if effect["adopt"] > 0.0:
        if uniform(world.draw(firm.id, t, "grant", lever.number)[0]) < lever.strength * effect["adopt"]:
            adopt(world, firm)
        else:  # deadweight: it would have adopted anyway, in its own time
            world.events["windfall"] += 1
    until = t + p.record_quarters
    if effect["funds"] > 0.0:
        firm.funds_until = until
    if effect["aware"] > 0.0:
        firm.aware_until = until
    if effect["take_up"] > 0.0:
        firm.taken_until = until
    firm.transaction_relief = f32(max(firm.transaction_relief, lever.strength * effect["transaction"]))
    firm.retention = f32(max(firm.retention, lever.strength * effect["retain"]))
    world.events["supported", lever.name] += 1


def support_firms(world: World, lever: SimpleNamespace, classes: int) -> None:
    """Best class first, luck within a class, as many as the regions' units of money allow."""
    t = world.clock
    share = 1.0 if lever.once else (4 - t % 4) / 4
    each = whole(lever.strength * lever.unit * share)
    if each == 0:
        return
    cost = gross(world, each * world.inputs.weight)
    left_out = 0
    for region, places in enumerate(units(unspent(world, lever), cost)):
        queue = []
        for firm in world.firms:
            if firm.region == region and eligible(lever, firm):
                high, low, _, _ = world.draw(firm.id, t, "target", extra=lever.number)
                queue.append(((rank(world, lever, firm, classes), luck(high, low)), firm))
        queue.sort(key=lambda entry: entry[0])
        for _, firm in queue[:places]:
            support(world, lever, firm)
        left_out += len(queue) > places
    if left_out and sum(unspent(world, lever)) < cost:
        world.events["exhausted", lever.name] += 1


def govern(world: World, classes: int) -> None:
    """Last year's support ends with the fiscal year; firms are chosen then and in a lever's first quarter."""
    t = world.clock
    if t % 4 == 0:
        for firm in world.firms:
            firm.rd_grant, firm.energy_offset, firm.transaction_relief, firm.retention = 0, 0.0, 0.0, 0.0
    for lever in world.levers:
        if lever.in_force(t) and (t % 4 == 0 or t == lever.first) and lever.effect["hold"] == 0.0:
            support_firms(world, lever, classes)
