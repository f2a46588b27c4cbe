"""The reference twin's governments: purses, who is supported, what support changes (docs/odd.md)."""

from __future__ import annotations

from math import floor
from types import SimpleNamespace

from tests.reference_firms import adopt
from tests.reference_numbers import exp, f32, log, luck, uniform, whole
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


def payable(purse: list[int]) -> list[int]:
    """What each region may spend: its purse, or its share of all the money where purses below 0 leave too little."""
    whole_purse, positive = sum(purse), sum(max(money, 0) for money in purse)
    if positive <= whole_purse:
        return [max(money, 0) for money in purse]
    if whole_purse <= 0:
        return [0] * len(purse)
    return [floor(max(money, 0) * (whole_purse / positive * (1.0 - 1e-12))) for money in purse]


def amount(world: World, lever: SimpleNamespace, firm: Firm) -> int:
    """Yuan for a firm until the end of the fiscal year; a larger one may cost more."""
    price = lever.strength * lever.unit * (1.0 if lever.once else (4 - world.clock % 4) / 4)
    if lever.terms["size_elasticity"] > 0.0:
        price *= exp(lever.terms["size_elasticity"] * log(firm.staff / lever.terms["size_usual"]))
    return whole(price)


def eligible(lever: SimpleNamespace, firm: Firm, t: int) -> bool:
    """Level, industry, staff; for adoption a wish and no platform; for talent, somebody employed; for an award, today's
    first certificate."""
    return (
        not firm.closed
        and lever.levels[firm.level]
        and lever.industries[firm.industry]
        and lever.least_staff <= firm.staff <= lever.most_staff
        and not (lever.needs_wish and (firm.platform or not firm.want))
        and not (lever.needs_talent and firm.talent == 0)
        and not (lever.at_certificate and firm.certified_first != t)
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
    each = amount(world, lever, firm)
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
        before = firm.funds if firm.funds_until > t else 0.0
        firm.funds = f32(max(before, min(each / p.funds_usual, 1.0)))
        firm.funds_until = until
    if effect["aware"] > 0.0:
        firm.aware_until = until
    if effect["take_up"] > 0.0:
        firm.taken_until = until
    firm.transaction_relief = f32(max(firm.transaction_relief, lever.strength * effect["transaction"]))
    firm.retention = f32(max(firm.retention, lever.strength * effect["retain"]))
    world.events["supported", lever.name] += 1


def support_firms(world: World, lever: SimpleNamespace, classes: int) -> None:
    """Best class first, luck within a class: each region up to the first firm that its money does not reach.

    The rest of the regions that have such a firm, and money of this lever at all, buys these, by largest remainder, as
    long as it reaches.
    """
    t, purse = world.clock, unspent(world, lever)
    if whole(lever.strength * lever.unit) == 0 or sum(purse) <= 0:
        return
    left, following = sum(purse), []
    when = 0 if lever.once else t  # a waiting list
    for region, money in enumerate(payable(purse)):
        queue = []
        for firm in world.firms:
            if firm.region == region and eligible(lever, firm, t):
                high, low, _, _ = world.draw(firm.id, when, "target", extra=lever.number)
                queue.append(((rank(world, lever, firm, classes), luck(high, low)), firm))
        for _, firm in sorted(queue, key=lambda entry: entry[0]):
            cost = gross(world, amount(world, lever, firm) * world.inputs.weight)
            if cost > money:
                if any(year[region] for year in lever.budget):
                    following.append((money, region, firm, cost))
                break
            money, left = money - cost, left - cost
            support(world, lever, firm)
    lent = min(sum(money for money, *_ in following), left)
    for _, _, firm, cost in sorted(following, key=lambda one: (-one[0], one[1])):
        if cost <= lent:
            lent -= cost
            support(world, lever, firm)
        else:
            world.events["exhausted", lever.name] += 1


def govern(world: World, classes: int) -> None:
    """Last year's support ends with the fiscal year; firms are chosen then and in a lever's first quarter."""
    t = world.clock
    if t % 4 == 0:
        for firm in world.firms:
            firm.rd_grant, firm.energy_offset, firm.transaction_relief, firm.retention = 0, 0.0, 0.0, 0.0
    for lever in world.levers:
        at_once = lever.effect["hold"] == 0.0 and not lever.at_certificate and not lever.builds
        if lever.in_force(t) and (t % 4 == 0 or t == lever.first) and at_once:
            support_firms(world, lever, classes)


def award(world: World, classes: int) -> None:
    """Whoever got a first high-tech certificate this quarter is paid for it, as far as the money reaches."""
    for lever in world.levers:
        if lever.at_certificate and lever.in_force(world.clock):
            support_firms(world, lever, classes)
