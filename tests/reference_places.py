"""The reference twin's places: what public money builds there, and whom it serves (docs/odd.md)."""

from __future__ import annotations

from math import floor
from types import SimpleNamespace

from tests.reference_money import eligible, gross, payable, rank, unspent
from tests.reference_numbers import f32, luck, uniform, whole
from tests.reference_world import Firm, World


def build(world: World, lever: SimpleNamespace) -> None:
    """Each region buys units with its own money, as far as there is room."""
    t, number, terms = world.clock, lever.number, lever.terms
    each = whole(lever.strength * lever.unit * (1.0 if lever.once else (4 - t % 4) / 4))
    purse = unspent(world, lever)
    if each == 0 or sum(purse) <= 0:
        return
    price = gross(world, each)
    for region, money in enumerate(payable(purse)):
        room = terms["most"] - world.stock[number, region]
        for later in range(t + 1, world.inputs.quarters):
            room -= world.coming[number, region, later]
        paid = min(money, floor(max(room, 0.0) * price))
        if terms["whole"]:
            paid -= paid % price
        full = paid < money and not terms["whole"]
        world.events["complete" if full else "exhausted", lever.name] += money > 0
        world.events["supported", lever.name] += paid > 0
        units = paid / price
        received = min(whole(units * each), paid)
        for flow, yuan in (("spent", paid), ("to_places", received), ("administration", paid - received)):
            world.ledger[flow, number, region] += yuan
        world.counts["region", region, f"spent_{lever.name}"] += paid
        ready = t + int(terms["delay"])
        if ready == t:
            world.stock[number, region] += units
        elif ready < world.inputs.quarters:
            world.coming[number, region, ready] += units


def lacks(lever: SimpleNamespace, firm: Firm, t: int) -> bool:
    """Whether the firm has not got already what the lever's units give."""
    serves = lever.effect["success"] > 0.0 and firm.served_until <= t
    ties = lever.effect["tie"] > 0.0 and firm.tied_until <= t
    return serves or ties


def serve(world: World, lever: SimpleNamespace, classes: int) -> None:
    """Best class first, luck within a class, as many firms as the units of their region can serve."""
    t, number, terms = world.clock, lever.number, lever.terms
    for region in world.regions:
        places = world.stock[number, region] * terms["serves"] * (4 - t % 4) / 4 / world.inputs.weight
        places += world.unserved[number, region]
        world.unserved[number, region] = places - floor(places)
        queue = []
        for firm in world.firms:
            if firm.region == region and eligible(lever, firm, t) and lacks(lever, firm, t):
                high, low, _, _ = world.draw(firm.id, t, "target", extra=number)
                queue.append(((rank(world, lever, firm, classes), luck(high, low)), firm))
        queue.sort(key=lambda entry: entry[0])
        world.events["idle", lever.name] += len(queue) < floor(places)
        for _, firm in queue[: floor(places)]:
            world.count_firm(firm, "served")
            if uniform(world.draw(firm.id, t, "grant", number)[0]) >= terms["accepts"]:
                world.events["gains nothing", lever.name] += 1
                continue
            until = t + int(terms["lasts"])
            if lever.effect["success"] > 0.0:
                firm.served, firm.served_until = f32(lever.strength * lever.effect["success"]), until
            if lever.effect["tie"] > 0.0:
                firm.tie, firm.tied_until = f32(lever.strength * lever.effect["tie"]), until
            world.events["served", lever.name] += 1


def places(world: World, classes: int) -> None:
    """Decay, arrival, building, serving; then what the places are like."""
    t = world.clock
    world.research = list(world.inputs.universities)
    world.openness = [0.0] * len(world.regions)
    world.protection = [0.0] * len(world.regions)
    for lever in world.levers:
        if not lever.builds or t < lever.first:
            continue
        for region in world.regions:
            place = lever.number, region
            if t % 4 == 0:
                world.stock[place] *= 1.0 - lever.terms["decay"]
            world.stock[place] += world.coming.pop((*place, t), 0.0)
        if t % 4 == 0 or t == lever.first:
            if t <= lever.last:
                build(world, lever)
            if lever.terms["serves"] > 0.0:
                serve(world, lever, classes)
        for region in world.regions:
            acting = lever.strength * world.stock[lever.number, region]
            world.research[region] += acting * lever.effect["research"]
            world.openness[region] = min(world.openness[region] + acting * lever.effect["openness"], 1.0)
            world.protection[region] = min(
                world.protection[region] + acting * lever.effect["protection"], 1.0
            )
