"""Doubt about the coefficients of Table 5: a draw of them for every replication, where a scenario asks for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.world.inputs import Inputs
from sim.world.space import DIGITS


def standard_normals(seed: int, replication: int, count: int) -> NDArray[np.float64]:
    """Standard normals of a replication, one for each coefficient.

    The counter is the coefficient's own number, so the k-th does not depend on how many there are, nor on which
    column is used or what it estimates.

    Parameters
    ----------
    seed, replication
        Key of the draws, each below 2**32; never the scenario.
    count
        How many, from the constant on.
    """
    from sim.model.draws import COEFFICIENT, block, uniform
    from sim.model.numerics import normal_ppf

    key = np.array([seed, replication], np.uint32)
    return np.array([normal_ppf(uniform(block(k, 0, 0, COEFFICIENT, 0, key)[0])) for k in range(count)])


def draw_coefficients(inputs: Inputs, seed: int, replication: int) -> Inputs:
    """Give a replication its coefficients: β = β̂ + L z, with L Lᵀ their covariance and z its standard normals.

    Nothing is cut off: a draw may turn the sign of a coefficient. Compared scenarios share the draw, because the key
    is (seed, replication). Where the coefficients are held (L = 0) the inputs come back as they are.

    Parameters
    ----------
    inputs
        With β̂ and L of one scenario.
    seed, replication
        Key of the draws.
    """
    if not inputs.beta_factor.any():
        return inputs
    z = standard_normals(seed, replication, len(inputs.beta))
    # Rounded, so that a matrix product whose last bit is another machine's changes nothing.
    return inputs._replace(beta=np.round(inputs.beta + inputs.beta_factor @ z, DIGITS))
