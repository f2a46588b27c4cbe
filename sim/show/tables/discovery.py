"""Where which policy leads: a block for each reading, and one on how it was searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.analysis.doubt.discovery import MASS_MIN, MOST_LIMITED, PERMUTATIONS, SCREENED
from sim.analysis.doubt.leading import Lead, rivals
from sim.show.tables.blocks import Block
from sim.show.texts.account import Answer
from sim.show.texts.discovery import discovery_lines, evidence_lines
from sim.show.texts.numbers import percent, plain
from sim.world.parameters import Parameter


def lead_block(answer: Answer, found: Lead, reading: str, registry: Mapping[str, Parameter]) -> Block:
    """Say in how many settings a policy leads under a reading, and in which.

    Parameters
    ----------
    reading
        Name of the reading for people.
    registry
        Meaning and unit of the numbers.
    """
    words, search = answer.words, found.discovery
    policy = answer.title(found.policy)
    lines: list[str] = []
    if search.searched:
        kind = words(f"doubt.settings_{answer.comparison.base.doubt}")
        lines.append(
            words(
                "discovery.share",
                policy=policy,
                share=percent(search.share),
                members=plain(search.members),
                kind=kind,
            )
        )
    told = discovery_lines(search, policy, registry, words)
    evidence = evidence_lines(search, registry, words)
    lines += [line for pair in zip(told, evidence, strict=True) for line in pair] if evidence else told
    if found.tied:
        lines.append(words("discovery.tied", tied=plain(found.tied)))
    return Block(words("discovery.reading", reading=reading), lines=lines)


def search_block(answer: Answer, found: Sequence[Lead]) -> Block:
    """Say what was searched, how, and what the numbers in the sentences mean."""
    words, comparison = answer.words, answer.comparison
    names = dict.fromkeys(name for each in found for name in rivals(comparison, each.reading))
    members = max(each.discovery.members for each in found)
    numbers = max(each.numbers for each in found)
    lines = [
        words(
            f"discovery.lead_{answer.basis}",
            policies=words.listed(answer.title(name) for name in names),
        ),
        words("discovery.space", members=plain(members), numbers=plain(numbers)),
        words("discovery.method", screened=min(SCREENED, numbers), most=MOST_LIMITED, mass=percent(MASS_MIN)),
        words("discovery.score", permutations=PERMUTATIONS, chance=percent(1 / (1 + PERMUTATIONS))),
        words("discovery.quasi_p"),
        words("discovery.not_cause"),
    ]
    return Block(words("discovery.search"), lines=lines)
