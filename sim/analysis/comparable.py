"""Which scenarios can be held against each other: those that differ in their policy alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sim.world.levers import LEVERS
from sim.world.scenario_record import Scenario

#: What must be the same, by the key of a scenario file.
_SAME: tuple[tuple[str, Callable[[Scenario], object]], ...] = (
    ("horizon", lambda s: (s.start, s.end)),
    ("scale", lambda s: s.weight),
    ("grid", lambda s: s.grid),
    ("evidence", lambda s: s.evidence),
    ("difficulty.column", lambda s: s.column),
    ("difficulty.coefficients", lambda s: s.coefficients),
)


def differences(base: Scenario, policies: Sequence[Scenario]) -> Iterator[str]:
    """Say, in sentences, why policies cannot be compared with a baseline; nothing where they can."""
    names = [scenario.name for scenario in (base, *policies)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield f"two of the scenarios are called {twice[0]}; give each its own name"
    for what, pick in _SAME:
        for policy in policies:
            if pick(policy) != pick(base):
                yield f"{policy.name} and {base.name} differ in {what}; a paired comparison needs the same"
    own = {name for lever in LEVERS for name in (*lever.settings.values(), lever.unit_cost)}
    for policy in policies:
        unlike = sorted(
            name
            for name in base.parameters
            if name not in own and policy.parameters[name] != base.parameters[name]
        )
        if unlike:
            yield (
                f"{policy.name} and {base.name} differ in {', '.join(unlike)}: "
                "the difference would not be the policy's. Set such parameters in the baseline that both extend"
            )
