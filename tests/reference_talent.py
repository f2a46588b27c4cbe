"""The reference twin's people: arrive, part, leave, search in rounds, wait in the pool (docs/odd.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import floor
from types import SimpleNamespace
from typing import NamedTuple

from tests.reference_money import gross, pay, unspent
from tests.reference_numbers import exp, f32, first_above, luck, quarterly, uniform, whole
from tests.reference_world import PERSON, Firm, Person, World

Ring = tuple[int, ...]
Place = tuple[int, int]  # skill class, then luck


def new_person(
    world: World, region: int, ordinal: int, t: int, status: str, field: int | None = None
) -> Person:
    """Somebody new, of a field from the universities' mix unless given."""
    who = world.identity(PERSON, region, t, ordinal)
    studies, ability, _, _ = (uniform(w) for w in world.draw(who, t, "person's birth"))
    skill = first_above(world.p.skill, ability)
    field = first_above(world.inputs.graduate_field, studies) if field is None else field
    person = Person(who, status, region, field, skill, skill, None)
    world.people.append(person)
    return person


def first_people(world: World) -> None:
    """By region: the talent that firms employ, then seekers and the public sector in proportion to it."""
    for region in world.regions:
        ordinal = 0
        for firm in sorted((firm for firm in world.firms if firm.region == region), key=lambda firm: firm.id):
            for _ in range(firm.talent):
                field = world.inputs.industry_field[firm.industry]
                person = new_person(world, region, ordinal, 0, "employed", field)
                person.employer, person.wage = firm, person.skill + firm.level
                ordinal += 1
        employed = ordinal
        for status, share in (("seeking", world.p.seekers), ("public_sector", world.p.public_share)):
            for _ in range(whole(share * employed)):
                new_person(world, region, ordinal, 0, status)
                ordinal += 1


def arrivals(world: World) -> None:
    """A fixed stream of would-be R&D entrants per region, more of whom stay where vacancies are many."""
    p, t = world.p, world.clock
    for region in world.regions:
        need = world.vacancy_rate[region] / p.vacancy_usual
        chance = min(max(p.enter * (1.0 + p.enter_need * (need - 1.0)), 0.0), 1.0)
        for k in range(world.inputs.graduates[t][region]):
            if uniform(world.draw(world.identity(PERSON, region, t, k), t, "arrival")[0]) < chance:
                new_person(world, region, k, t, "graduate")
                world.count_people(region, "people_in")


def changes_of_status(world: World) -> None:
    """Staff part from firms (all of them where it closed), seekers leave or go public, some come back."""
    p = world.p
    stayed = []
    for person in world.people:
        person.quarters += 1
        u = uniform(world.draw(person.id, world.clock, "person's quarter")[0])
        if person.status == "employed":
            firm = person.employer
            turnover = exp(-p.quit_wage * (person.wage - p.wage_usual))
            if firm.closed or u < quarterly(p.separation) * turnover * (1.0 - firm.retention):
                firm.talent -= 1
                person.becomes("seeking")
                world.count_people(person.region, "separations")
        elif person.status == "public_sector":
            if u < quarterly(p.public_out):
                person.becomes("seeking")
        elif person.looking:
            waited = min(person.quarters - 1, p.patience)
            leave = p.leave_unmatched * world.inputs.pull[person.region] * (1.0 + p.leave_growth * waited)
            if u < leave:
                world.count_people(person.region, "people_out")
                continue
            if u < leave + p.public_in:
                person.becomes("public_sector")
        elif person.status == "pooled" and u < p.public_in:
            person.becomes("public_sector")
            world.count_people(person.region, "pool_public")
        stayed.append(person)
    world.people = stayed
    world.firms = world.living


# Matching ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Post:
    """A vacancy."""

    firm: Firm
    field: int
    place: Place
    open: bool = True


class Search(NamedTuple):
    """A person who looks for a post in a ring in a round, and whether an offer would be accepted."""

    person: Person
    ring: Ring
    place: Place
    accepts: bool


def vacancies(world: World) -> list[Post]:
    """Whole people wanted beyond those employed, each with a skill class and luck; refreshes vacancy rates."""
    posts = []
    missing, wanted = defaultdict(int), defaultdict(int)
    for firm in world.living:
        missing[firm.region] += firm.open_posts
        wanted[firm.region] += firm.open_posts + firm.talent
        for unit in range(firm.open_posts):
            high, low, skill, _ = world.draw(firm.id, world.clock, "vacancy", unit)
            place = first_above(world.p.skill, uniform(skill)), luck(high, low)
            posts.append(Post(firm, world.inputs.industry_field[firm.industry], place))
    for region in world.regions:
        usual = world.p.vacancy_usual
        world.vacancy_rate[region] = f32(missing[region] / wanted[region] if wanted[region] else usual)
    return posts


def round_of_matching(
    world: World, searches: list[Search], posts: list[Post], ring_of: dict[Post, Ring]
) -> list[Search]:
    """Match in every ring and hire those who accept. Returns who was hired."""
    circles: defaultdict[Ring, list[tuple[Place, int, Search | Post]]] = defaultdict(list)
    for search in searches:
        circles[search.ring].append((search.place, 0, search))
    for post in posts:
        if post.open:
            circles[ring_of[post]].append((post.place, 1, post))
    hired = []
    for circle in circles.values():
        for search, post in pairs_on_a_circle(circle):
            if search.accepts:
                post.open = False
                hire(world, search.person, post.firm)
                hired.append(search)
    return hired


def pairs_on_a_circle(circle: list[tuple[Place, int, Search | Post]]) -> list[tuple[Search, Post]]:
    """Each post takes the nearest seeker behind it (0) whom no post (1) in between takes: two rounds with a stack."""
    behind, pairs, taken = [], [], set()
    ordered = sorted(circle, key=lambda entry: entry[:2])
    for second_round in (False, True):
        for _, kind, item in ordered:
            if kind == 0 and not second_round:
                behind.append(item)
            elif kind == 1 and behind and item not in taken:
                pairs.append((behind.pop(), item))
                taken.add(item)
    return pairs


def measure_fill(world: World) -> None:
    """By region and field, the filled share of the posts, one more counted that is filled as at the start."""
    filled, posts = Counter(), Counter()
    for firm in world.living:
        market = firm.region, world.inputs.industry_field[firm.industry]
        filled[market] += firm.talent
        posts[market] += firm.talent + firm.open_posts
    for region, by_field in enumerate(world.fill):
        for field in range(len(by_field)):
            market = region, field
            by_field[field] = f32((filled[market] + world.p.fill_usual) / (posts[market] + 1))


def hire(world: World, person: Person, firm: Firm) -> None:
    """Take a post, moving to the firm's region."""
    if person.region != firm.region:
        world.count_people(person.region, "moved_out")
        world.count_people(firm.region, "moved_in")
        person.region = firm.region
    person.status, person.employer, person.quarters = "employed", firm, 0
    person.wage = person.skill + firm.level
    firm.talent += 1
    firm.staff = max(firm.staff, firm.talent)
    world.count_people(firm.region, "hires")


def two_rounds(world: World, posts: list[Post]) -> None:
    """Round one in the own region; round two for the mobile in one other region, drawn by distance."""
    p = world.p
    rings: dict[Post, Ring] = {post: (post.firm.region, post.field) for post in posts}
    for number in (1, 2):
        searches = []
        for person in world.people:
            if not person.looking:
                continue
            high, low, accept, move = world.draw(person.id, world.clock, "person's quarter", number)
            region = person.region
            if number == 2:
                mobile = p.mobile + (1.0 - p.mobile) * world.openness[region]
                if uniform(move) >= mobile:
                    continue
                region = first_above(world.inputs.move_cumulative[region], uniform(move) / mobile)
            place = person.skill, luck(high, low)
            searches.append(Search(person, (region, person.field), place, uniform(accept) < p.accept))
        round_of_matching(world, searches, posts, rings)


# The pool (A60–A61) --------------------------------------------------------------------------------------------------


def bring_in(world: World, lever: SimpleNamespace) -> None:
    """People from outside the province join the pool: so many a year, as long as the money lasts."""
    t = world.clock
    yearly = lever.strength * lever.terms["sourced"] / world.inputs.weight
    since = t - lever.first
    number = floor(yearly * (since + 1) / 4) - floor(yearly * since / 4)
    price = whole(lever.terms["sourcing"] * world.inputs.weight)
    if price > 0:
        quarters = min(4 - t % 4, lever.last - t + 1)
        bought = max(sum(unspent(world, lever)) // quarters // gross(world, price), 0)
        world.events["sourcing without money"] += bought < number
        number = min(number, bought)
    money = [sum(year[region] for year in lever.budget) for region in world.regions]
    shares = [sum(money[: region + 1]) / max(sum(money), 1) for region in world.regions]
    for k in range(number):
        ordinal = 2**31 + k
        who = (PERSON * 2**19 + lever.number) * 2**11 + t, ordinal
        region = first_above(shares, uniform(world.draw(who, t, "outsider")[0]))
        new_person(world, region, ordinal, t, "pooled")
        pay(world, lever, region, price, "to_people")
        world.count_people(region, "sourced")


def pool_round(world: World, lever: SimpleNamespace, posts: list[Post]) -> list[tuple[int, int]]:
    """The pool's round, before or after the market: who is held and not locked in meets open posts, for a fee each.

    Returns region and field of those placed.
    """
    p, t = world.p, world.clock
    wide = lever.terms["reach"] > 0.0
    fee = whole(lever.terms["placement"] * world.inputs.weight)
    searches = []
    for person in world.people:
        if person.status == "pooled":
            high, low, accept, lock = world.draw(person.id, t, "pool", 0)
            if uniform(lock) >= lever.terms["lock"]:
                ring = (person.field,) if wide else (person.region, person.field)
                searches.append(
                    Search(person, ring, (person.skill, luck(high, low)), uniform(accept) < p.accept)
                )
    affordable = sum(unspent(world, lever)) // gross(world, fee)
    by_luck = sorted(searches, key=lambda search: search.place[1])
    # No money for a placement, no placement: luck decides whose.
    world.events["placement without money"] += any(search.accepts for search in by_luck[affordable:])
    searches = by_luck[:affordable] + [search._replace(accepts=False) for search in by_luck[affordable:]]
    home = {search.person: search.person.region for search in searches}
    rings: dict[Post, Ring] = {
        post: (post.field,) if wide else (post.firm.region, post.field) for post in posts
    }
    placed = round_of_matching(world, searches, posts, rings)
    for search in placed:
        region = home[search.person]
        pay(world, lever, region, fee, "to_people")
        world.count_people(region, "pool_placements")
        if search.person.region == region and search.person.id[1] < 2**31:  # not of people from outside
            world.count_people(region, "pool_placements_own_region")
    return [(search.person.region, search.person.field) for search in placed]


def count_displaced(world: World, placed: list[tuple[int, int]]) -> None:
    """Placements in a market where somebody else, or a graduate, still looks for a post after the quarter's rounds."""
    looking = Counter((person.region, person.field) for person in world.people if person.looking)
    graduates = Counter(
        (person.region, person.field) for person in world.people if person.status == "graduate"
    )
    for (region, field), count in Counter(placed).items():
        for _ in range(min(count, looking[region, field])):
            world.count_people(region, "pool_displacing")
        for _ in range(min(count, graduates[region, field])):
            world.count_people(region, "pool_displacing_graduates")


def hold(world: World, lever: SimpleNamespace) -> None:
    """Who waits in the pool until next quarter: those held before first, then by luck; places follow the money.

    Money is spread over the quarters left in the fiscal year; capacity and strength bound the places. Places that
    a region cannot fill go to anybody in the province. Those not held search on.
    """
    t = world.clock
    funded = [sum(year[region] for year in lever.budget) > 0 for region in world.regions]
    able = [
        person
        for person in world.people
        if person.status == "pooled" or (person.looking and person.quarters > 0 and funded[person.region])
    ]

    def order(person: Person) -> tuple[bool, int]:
        high, low, _, _ = world.draw(person.id, t, "pool", 1)
        return person.status != "pooled", luck(high, low)

    queue = sorted(able, key=order)
    fee = lever.unit * world.inputs.weight
    chosen: list[Person] = []
    places = 0
    if lever.in_force(t):
        quarters = min(4 - t % 4, lever.last - t + 1)
        purse = unspent(world, lever)
        bought = max(sum(purse) // quarters // gross(world, fee), 0)
        places = min(bought, floor(lever.terms["capacity"] / world.inputs.weight))
        world.events["pool at capacity"] += places < bought
        places = floor(lever.strength * places)
        shares = [max(purse[region] // quarters // gross(world, fee), 0) for region in world.regions]
        asked = sum(shares)
        for region, share in zip(world.regions, shares, strict=True):
            if asked > places:
                share = share * places // asked
            mine = [person for person in queue if person.region == region][:share]
            chosen += mine[: places - len(chosen)]
        chosen += [person for person in queue if person not in chosen][: places - len(chosen)]
    held = set(chosen)
    for person in queue:
        if person in held:
            if person.status != "pooled":
                person.becomes("pooled")
            pay(world, lever, person.region, fee, "to_people")
            world.events["supported", lever.name] += 1
        else:
            if person.status == "pooled":
                person.becomes("seeking")
            if places > 0:
                world.count_people(person.region, "pool_refused")
    if lever.in_force(t) and len(held) < len(queue) and sum(unspent(world, lever)) < gross(world, fee):
        world.events["exhausted", lever.name] += 1
