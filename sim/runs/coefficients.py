"""Uncertainty of Table 5's coefficients: a draw for every replication, if a scenario asks for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.world.inputs import Inputs
from sim.world.space import DIGITS


def standard_normals(seed: int, replication: int, count: int) -> NDArray[np.float64]:
    """Return the standard normals of a replication, one per coefficient.

    The counter is the coefficient's own number, so the k-th value does not depend on how many there are, on the column
    used or on what it estimates.

    Parameters
    ----------
    seed, replication
        Key of the draws, each below 2**32; never the scenario.
    count
        How many, starting with the constant.
    """
    from sim.model.draws import COEFFICIENT, block, uniform
    from sim.model.numerics import normal_ppf

    key = np.array([seed, replication], np.uint32)
    return np.array([normal_ppf(uniform(block(k, 0, 0, COEFFICIENT, 0, key)[0])) for k in range(count)])


def draw_coefficients(inputs: Inputs, seed: int, replication: int) -> Inputs:
    """Draw a replication's coefficients: β = β̂ + L z, with L Lᵀ their covariance and z its standard normals.

    Draws are not truncated, so a coefficient may change sign. Compared scenarios share the draw, because the key is
    (seed, replication). If the coefficients are held (L = 0), the inputs are returned unchanged.

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
    # Rounded, because the last bit of a matrix product differs between machines.
    return inputs._replace(beta=np.round(inputs.beta + inputs.beta_factor @ z, DIGITS))
