"""The frozen core as a Mesa user would write it: agents that know each other, a model that holds the markets.

The rules are those of `core`, the luck is Mesa's own (`model.random`), so statistics agree and bytes do not.
Nothing is made slow on purpose: agents are activated with ``do`` because no rule depends on their order, those
without a post are kept at hand instead of searched for, and nothing is collected unless asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from math import erfc, exp, floor, log, sqrt
from operator import itemgetter
from typing import Any

import mesa

from benchmarks.frozen.core import AWAY, CLASSES, P01, P04, P08, TALLY
from benchmarks.frozen.world import LEVERS, STATISTICS, Numbers, World, statistics_of
from sim.model.state import EMPLOYED, POOLED, PUBLIC, SEEKING
from sim.world.constants import QUALITY, YEAR

SQRT2 = sqrt(2.0)

Ring = tuple[int, int]  # region (0 where the whole province meets) and field
Post = tuple[float, "Firm"]  # place on the ring
Search = tuple[float, "Person", bool]  # place on the ring, would accept


class Firm(mesa.Agent):
    """An industrial firm: answers, struggles, climbs, adopts, keeps its books, wants talent."""

    model: Province

    def __init__(self, model: Province, region: int, **attributes: Any) -> None:
        """Take the attributes that `World.state` has for one firm."""
        super().__init__(model)
        self.region = region
        self.__dict__.update(attributes)

    def vacancies(self) -> int:
        """Count whole people wanted beyond those employed."""
        return floor(self.wanted + 0.5) - self.talent

    def quarter(self) -> None:
        """Live a quarter."""
        p = self.model.numbers
        self.judge(p)
        random = self.model.random.random
        if random() < self.climb_chance(p):
            self.climb(p)
        elif random() < self.model.slide and self.level > 0:
            self.slide(p)
        if not self.platform:
            u = random()
            if self.want:
                if u < p.adopt:
                    self.adopt()
            elif u < p.want_rise:
                self.want = 1
        self.keep_books(p)
        target = p.tau[self.level] * self.staff**p.wanted_power
        self.wanted += p.mu * (target - self.wanted)

    def judge(self, p: Numbers) -> None:
        """Answer the survey, let luck move on, and see whether the firm is in difficulty (Y, Y*)."""
        t = self.model.t
        if self.wanted >= 1.0:
            self.sufficient = 1 if self.talent + 0.5 >= self.phi * self.wanted else 0
        eta = (
            self.rest
            + p.size_odds * sum(self.staff > cut for cut in p.staff_cuts)
            + p.quality_odds * (self.level >= QUALITY)
            + p.reserve_odds * self.sufficient
            + p.need_odds * (self.want and not self.platform)
            + p.funds_odds * (self.funds0 or self.funds_until > t)
            + p.taken_odds * max(self.taken0 - (self.taken_until > t), 0)
        )
        self.z = p.rho * self.z + self.model.fresh * self.model.random.gauss(0.0, 1.0)
        u = 0.5 * erfc(-self.z / SQRT2)
        self.p = 1.0 / (1.0 + exp(-eta))
        self.hard = u < self.p
        overlap = p.overlap * (self.sufficient - self.sufficient0)
        self.hard_star = u < 1.0 / (1.0 + exp(overlap - eta)) if overlap else self.hard

    def climb_chance(self, p: Numbers) -> float:
        """Return the chance 1 − exp(−h) of climbing; 0 for a firm that cannot pay."""
        level = self.level
        if self.cash < p.climb_cost[level] or not p.h0[level]:
            return 0.0
        output = self.productivity * self.staff
        purse = max(self.cash, 0)
        total = (
            p.a_R * log(1.0 + (self.rd_intensity * output + YEAR * self.rd_grant) / p.rd_unit)
            + p.a_P * self.platform
            + p.a_F * purse / (purse + p.labour_share * output)
            - p.centre[level]
        )
        if self.wanted >= 1.0:
            total += p.a_T * (min(self.talent / self.wanted, p.fill_cap) - p.centre_T[level])
        hazard = p.h0[level] * exp(min(max(total, -p.climb_clip), p.climb_clip))
        if self.hard_star:
            hazard *= p.eps
        return 1.0 - exp(-hazard)

    def climb(self, p: Numbers) -> None:
        """Move up a level."""
        self.model.tally[f"climbs_{self.level}"] += 1
        self.cash -= int(p.climb_cost[self.level])
        self.level += 1
        if self.level == QUALITY:
            self.productivity *= 1.0 + p.quality_gain
        growth = p.rd_level[self.level] / p.rd_level[self.level - 1]
        self.rd_intensity = min(self.rd_intensity * growth, p.rd_most)

    def slide(self, p: Numbers) -> None:
        """Move down a level."""
        self.model.tally["slides"] += 1
        if self.level == QUALITY:
            self.productivity /= 1.0 + p.quality_gain
        self.level -= 1
        self.rd_intensity *= p.rd_level[self.level] / p.rd_level[self.level + 1]

    def adopt(self) -> None:
        """Start to use a platform."""
        self.platform, self.want = 1, 0
        self.model.tally["adoptions"] += 1

    def keep_books(self, p: Numbers) -> None:
        """Keep the books in whole yuan."""
        normal = self.productivity * self.staff / YEAR
        output = normal * (1.0 + p.platform_gain) if self.platform else normal
        profit = (
            round(output)
            - round(p.labour_share * normal)
            - round(p.overhead_share * normal)
            - round(p.transaction_share * normal)
            - round(self.rd_intensity * normal)
        )
        self.cash += profit - (round(p.payout * profit) if profit > 0 else 0)


class Person(mesa.Agent):
    """Somebody who does R&D: employed, seeking, held in the pool, in the public sector, or away."""

    model: Province

    def __init__(self, model: Province, employer: Firm | None, **attributes: Any) -> None:
        """Take the attributes that `World.state` has for one person."""
        super().__init__(model)
        self.employer = employer
        self.__dict__.update(attributes)

    def become(self, status: int) -> None:
        """Take on a new status without an employer."""
        self.status = status
        self.employer = None
        self.since = self.model.t
        if status in (SEEKING, POOLED):
            self.model.unmatched[self] = None
        else:
            self.model.unmatched.pop(self, None)

    def live(self) -> None:
        """Part, leave, return or arrive, if luck says so."""
        model = self.model
        u = model.random.random()
        status = self.status
        if status == EMPLOYED:
            if u < model.quits[self.wage]:
                self.employer.talent -= 1
                self.become(SEEKING)
                model.tally["separations"] += 1
        elif status == SEEKING:
            p = model.numbers
            waited = min(model.t - self.since - 1, p.patience)
            leave = p.leave_unmatched * model.pull[self.region] * (1.0 + p.leave_growth * waited)
            if u < leave:
                self.become(AWAY)
                model.tally["departures"] += 1
            elif u < leave + p.public_in:
                self.become(PUBLIC)
        elif status == PUBLIC:
            if u < model.back:
                self.become(SEEKING)
        elif status == AWAY and u < model.numbers.enter:
            self.arrive()

    def arrive(self) -> None:
        """Come as a graduate in the place of somebody who left."""
        model = self.model
        self.become(SEEKING)
        self.region = bisect_right(model.graduate_region, model.random.random())
        self.person_field = bisect_right(model.graduate_field, model.random.random())
        self.skill = self.wage = bisect_right(model.numbers.skill, model.random.random())
        model.tally["arrivals"] += 1

    def start(self, firm: Firm) -> None:
        """Take a post; who lives in another region moves."""
        self.region = firm.region
        self.status = EMPLOYED
        self.employer = firm
        self.since = self.model.t
        self.wage = self.skill + firm.level
        firm.talent += 1
        firm.staff = max(firm.staff, firm.talent)
        self.model.unmatched.pop(self, None)


class Province(mesa.Model):
    """All firms and people, the search for posts, and the three levers."""

    #: Or "shuffle_do". No rule depends on the order of agents, so they need not be shuffled.
    activation = "do"

    def __init__(self, world: World, seed: int, collect: bool = False) -> None:
        """Begin where `world` begins; with ``collect``, keep the statistics of every quarter."""
        super().__init__(seed=seed)
        state, tables, self.sizes, self.numbers = world
        p = self.numbers
        self.t = int(state.clock[0])
        self.tally = dict(zip(TALLY, state.tally.tolist(), strict=True))
        self.budget, self.unit = tables.budget.tolist(), tables.unit.tolist()
        self.spent, self.received = state.spent.tolist(), state.received.tolist()
        self.pull, self.move = tables.pull.tolist(), tables.move.tolist()
        # Without its last entry a cumulative chance cannot be overrun by bisection.
        self.graduate_region = tables.graduate_region[:-1].tolist()
        self.graduate_field = tables.graduate_field[:-1].tolist()
        self.fresh = sqrt(1.0 - p.rho**2)
        self.slide = 1.0 - (1.0 - p.slide) ** 0.25
        self.back = 1.0 - (1.0 - p.public_out) ** 0.25
        part = 1.0 - (1.0 - p.separation) ** 0.25
        self.quits = [part * exp(-p.quit_wage * (wage - p.wage_usual)) for wage in range(8)]
        self.unmatched: dict[Person, None] = {}
        columns = {name: array.tolist() for name, array in state._asdict().items()}
        firm_names = [n for n in state._fields[:25] if n not in ("firm_id0", "firm_id1")]
        firms = [
            Firm(self, region, **dict(zip(firm_names, values, strict=True)))
            for region, *values in zip(
                tables.firm_region.tolist(), *(columns[name] for name in firm_names), strict=True
            )
        ]
        self.firms_of: list[list[Firm]] = [[] for _ in range(self.sizes.regions)]
        for firm in firms:
            self.firms_of[firm.region].append(firm)
        names = ("status", "region", "person_field", "skill", "wage", "since")
        for employer, *values in zip(columns["employer"], *(columns[name] for name in names), strict=True):
            person = Person(
                self, firms[employer] if employer >= 0 else None, **dict(zip(names, values, strict=True))
            )
            if person.status in (SEEKING, POOLED):
                self.unmatched[person] = None
        self.datacollector = mesa.DataCollector(
            {name: lambda model, k=k: model.statistics()[k] for k, name in enumerate(STATISTICS)}
            if collect
            else None
        )
        self.collect = collect

    def step(self) -> None:
        """Let a quarter pass: governments → talents → firms."""
        if self.t % YEAR == 0:
            self.govern()
        self.activate(Person, "live")
        self.search()
        self.hold()
        self.activate(Firm, "quarter")
        self.t += 1
        if self.collect:
            self.datacollector.collect(self)

    def activate(self, kind: type[mesa.Agent], method: str) -> None:
        """Call a method of every agent of a kind."""
        getattr(self.agents_by_type[kind], self.activation)(method)

    # --- governments ---

    def purse(self, lever: int, region: int) -> int:
        """Return a lever's unspent yuan in a region up to this fiscal year."""
        return max(self.budget[lever][region] * (self.t // YEAR + 1) - self.spent[lever][region], 0)

    def gross(self, amount: int) -> int:
        """Return what leaves the purse when an amount reaches its recipient."""
        return round(amount / (1.0 - self.numbers.admin))

    def pay(self, lever: int, region: int) -> None:
        """Pay for a firm or person."""
        amount = self.unit[lever] * self.sizes.weight
        self.received[lever][region] += amount
        self.spent[lever][region] += self.gross(amount)

    def govern(self) -> None:
        """Support firms for a year: P01 those that need it most, P08 any that want a platform and have none."""
        p = self.numbers
        price = {lever: self.gross(self.unit[lever] * self.sizes.weight) for lever in (P01, P08)}
        grant = round(p.rd_share * self.unit[P01]) // YEAR
        gift = round((1.0 - p.payout) * (self.unit[P01] - grant * YEAR))
        until = self.t + int(p.record_quarters)
        for region, firms in enumerate(self.firms_of):
            for firm in firms:
                firm.rd_grant = 0
            able = [firm for firm in firms if firm.level > 0]
            self.random.shuffle(able)
            able.sort(key=lambda firm: int((CLASSES - 1) * (1.0 - firm.p)))  # stable: luck within a class
            for firm in able[: self.purse(P01, region) // price[P01]]:
                self.pay(P01, region)
                firm.rd_grant += grant
                firm.cash += gift
                firm.taken_until = firm.funds_until = until
            able = [firm for firm in firms if firm.want and not firm.platform]
            self.random.shuffle(able)
            for firm in able[: self.purse(P08, region) // price[P08]]:
                self.pay(P08, region)
                firm.taken_until = until
                if self.random.random() < p.adopt_share:
                    firm.adopt()

    def hold(self) -> None:
        """Decide who is held in the pool: those held before come first, then luck; pay for each."""
        waiting: list[list[Person]] = [[] for _ in self.firms_of]
        for person in self.unmatched:
            if person.status == POOLED or person.since < self.t:
                waiting[person.region].append(person)
        price = self.gross(self.unit[P04] * self.sizes.weight)
        share = [self.purse(P04, r) // (YEAR - self.t % YEAR) // price for r in range(len(waiting))]
        asked = sum(share)
        for region, people in enumerate(waiting):
            places = (
                share[region] * self.sizes.capacity // asked if asked > self.sizes.capacity else share[region]
            )
            self.random.shuffle(people)
            people.sort(key=lambda person: person.status != POOLED)
            for person in people[:places]:
                if person.status != POOLED:
                    person.become(POOLED)
                self.pay(P04, region)
            for person in people[places:]:
                if person.status == POOLED:
                    person.become(SEEKING)

    # --- the search for posts ---

    def search(self) -> None:
        """Hold three rounds: own region, one other region drawn by distance, the pool."""
        p, random = self.numbers, self.random.random
        posts: dict[Ring, list[Post]] = defaultdict(list)
        for firm in self.agents_by_type[Firm]:
            for _ in range(firm.vacancies()):
                place = bisect_right(p.skill, random()) + random()
                posts[firm.region, firm.firm_field].append((place, firm))
        for ring in posts.values():
            ring.sort(key=itemgetter(0))

        seekers: dict[Ring, list[Search]] = defaultdict(list)
        for person in self.unmatched:
            if person.status == SEEKING:
                seekers[person.region, person.person_field].append(self.at_place(person))
        self.meet(seekers, posts, "hires_own_region")

        seekers.clear()
        for person in self.unmatched:
            if person.status == SEEKING and random() < p.mobile:
                region = bisect_right(self.move[person.region], random(), hi=self.sizes.regions - 1)
                seekers[region, person.person_field].append(self.at_place(person))
        self.meet(seekers, posts, "hires_other_region")

        seekers.clear()
        for person in self.unmatched:
            if person.status == POOLED and random() >= p.lock:
                seekers[0, person.person_field].append(self.at_place(person))
        left: dict[Ring, list[Post]] = defaultdict(list)
        for (_, field), ring in posts.items():
            left[0, field].extend(ring)
        for ring in left.values():
            ring.sort(key=itemgetter(0))
        self.meet(seekers, left, "hires_from_pool")

    def at_place(self, person: Person) -> Search:
        """Give a seeker a place on the ring, by skill and luck, and a mind to accept or not."""
        return person.skill + self.random.random(), person, self.random.random() < self.numbers.accept

    def meet(self, seekers: dict[Ring, list[Search]], posts: dict[Ring, list[Post]], round_: str) -> None:
        """Pair seekers with posts, ring by ring; take posts that are filled off the rings."""
        hires = 0
        for ring, searching in seekers.items():
            offered = posts.get(ring)
            if not offered:
                continue
            searching.sort(key=itemgetter(0))
            open_still = []
            for post, found in pair(searching, offered):
                if found is not None and found[2]:
                    found[1].start(post[1])
                    hires += 1
                else:
                    open_still.append(post)
            open_still.sort(key=itemgetter(0))
            posts[ring] = open_still
        self.tally[round_] += hires

    def statistics(self) -> list[float]:
        """Return what is compared with the other twins, in the order of `STATISTICS`."""
        firms, people = self.agents_by_type[Firm], self.agents_by_type[Person]

        def column(agents: Iterable[Any], name: str) -> list[float]:
            return [float(getattr(agent, name)) for agent in agents]

        return statistics_of(
            level=column(firms, "level"),
            hard=column(firms, "hard"),
            star=column(firms, "hard_star"),
            p=column(firms, "p"),
            platform=column(firms, "platform"),
            wanted=column(firms, "wanted"),
            talent=column(firms, "talent"),
            cash=column(firms, "cash"),
            status=column(people, "status"),
            region=column(people, "region"),
            spent=[sum(self.spent[lever]) for lever in range(len(LEVERS))],
            tally=list(self.tally.values()),
        )


def pair(seekers: list[Search], posts: list[Post]) -> Iterable[tuple[Post, Search | None]]:
    """Give each post, clockwise, the nearest free seeker behind it; wrap round the ring once at the end."""
    waiting: list[Search] = []
    passed: list[Post] = []
    coming = iter(seekers)
    seeker = next(coming, None)
    for post in posts:
        while seeker is not None and seeker[0] <= post[0]:
            waiting.append(seeker)
            seeker = next(coming, None)
        if waiting:
            yield post, waiting.pop()
        else:
            passed.append(post)
    if seeker is not None:
        waiting.append(seeker)
        waiting.extend(coming)
    for post in passed:
        yield post, waiting.pop() if waiting else None
