import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import draws
from sim.model.draws import block, pack_id, philox, uniform
from sim.world.levers import LEVERS
from tests import reference_numbers as plain
from tests.small_province import EVIDENCE

WORDS = st.integers(0, 2**32 - 1)
ONES = 2**32 - 1

# The known answers published with Random123 (kat_vectors, philox4x32 with 10 rounds).
KNOWN = {
    "zeros": ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    "digits of pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}


@pytest.mark.parametrize("vector", KNOWN)
def test_philox_gives_the_published_answers(vector):
    counter, key, words = KNOWN[vector]
    assert philox(*counter, *key) == words
    assert plain.philox(counter, key) == words


@given(st.tuples(WORDS, WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS))
def test_philox_equals_plain_python(counter, key):
    assert philox(*counter, *key) == plain.philox(counter, key)


def test_a_uniform_number_is_never_0_or_1():
    assert uniform(np.uint64(0)) == 2.0**-33
    assert uniform(np.uint64(ONES)) == 1 - 2.0**-33


def test_ids_differ_by_kind_region_and_quarter_of_birth():
    codes = [region.code for region in EVIDENCE.regions]
    births = (0, 1, 60, 2**draws.BIRTH_BITS - 1)
    ids = {pack_id(*who) for who in itertools.product((draws.FIRM, draws.PERSON), codes, births)}
    assert len(ids) == 2 * len(codes) * len(births)
    assert max(codes) < 2**draws.REGION_BITS
    assert max(ids) < 2**32


def test_every_part_of_the_counter_and_the_key_matters():
    def words(id0=1, id1=2, t=3, purpose=4, number=5, seed=6, replication=7):
        return block(id0, id1, t, purpose, number, np.array([seed, replication], np.uint32))

    others = [words(**{name: 9}) for name in ("id0", "id1", "t", "purpose", "number", "seed", "replication")]
    assert len({words(), *others}) == 8
    assert words() == words()


def test_purposes_do_not_share_a_stream():
    names = [name for name in vars(draws) if name.startswith(("FIRM_", "PERSON_"))]
    names += ["SIZE_PHASE", "COEFFICIENT"]
    numbers = [getattr(draws, name) for name in names]
    assert len(set(numbers)) == len(names)
    of_levers = range(draws.FIRM_TARGET, draws.FIRM_TARGET + len(LEVERS))
    assert not set(of_levers[1:]) & set(numbers)
    assert max(*numbers, *of_levers) < 2**draws.PURPOSE_BITS
