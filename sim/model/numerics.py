"""Floating-point rules of the kernels: numba flags and the four functions every platform must agree on.

Kernels use + − × ÷ √ and the functions here, never a C library's ``exp`` or ``log``, so the same inputs give
the same bytes on every machine. Values are float32 at rest and float64 in flight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

#: An index, code or count. Kernels compute with int64; for a type checker, elements of arrays are numpy integers.
Int: TypeAlias = int | np.integer[Any]
#: One word of random bits or of a hash.
Word: TypeAlias = np.uint64

F = TypeVar("F", bound=Callable[..., Any])

# `Any` below: what numba passes to functions that generate code, its contexts and builders, has no types.


def _compile(**options: Any) -> Callable[[F], F]:
    """Return numba's decorator with the options common to all kernels; type checkers still see the plain function.

    ``error_model="numpy"``, because the default's divide-by-zero branch blocks SIMD. No fastmath, because it breaks
    reproducibility.
    """
    return cast("Callable[[F], F]", nb.njit(cache=True, nogil=True, error_model="numpy", **options))


def _instruction(rule: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return a function of one value for which numba generates code with ``rule``."""
    return cast("Callable[[Any], Any]", intrinsic(rule))


kernel = _compile()
#: For functions that only kernels call. A Python wrapper for each, which unboxes the state's hundred arrays, would
#: take most of the compile time.
inner = _compile(no_cpython_wrapper=True, no_cfunc_wrapper=True)
#: For functions that run once per agent and allocate nothing: inlined, without reference counts of their arrays.
hot = _compile(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True, _nrt=False)
#: The same for small functions that Python may call too.
pure = _compile(forceinline=True, _nrt=False)

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471803691238  # 33 leading bits of ln 2, so k·LN2_HIGH is exact for the k met here
LN2_LOW = 1.9082149292705877e-10
EXP_LIMIT = 700.0  # exp(±700) is still a normal float64
EXP_TAYLOR = (
    1.0 / 479001600.0,
    1.0 / 39916800.0,
    1.0 / 3628800.0,
    1.0 / 362880.0,
    1.0 / 40320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
)
LOG_SERIES = (
    1.0 / 21.0,
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
    1.0,
)
SQRT2 = 1.4142135623730951
FLOAT_BITS = 64
MANTISSA_BITS = 52
MANTISSA_MASK = (1 << MANTISSA_BITS) - 1
EXPONENT_BIAS = 1023

# Hart (1968) in the form of West (2005), "Better approximations to cumulative normal functions".
CDF_ZERO = 7.07106781186547
CDF_TOP = (
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
CDF_BOTTOM = (
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)

# Wichura (1988), algorithm AS 241, routine PPND16.
PPF_SPLIT = 0.425
PPF_SPLIT_SQUARED = 0.180625
PPF_MIDDLE = 1.6
PPF_FAR = 5.0
PPF_A = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.3871328727963666080,
)
PPF_B = (
    5226.4952788528545610,
    28729.085735721942674,
    39307.895800092710610,
    21213.794301586595867,
    5394.1960214247511077,
    687.18700749205790830,
    42.313330701600911252,
    1.0,
)
PPF_C = (
    7.74545014278341407640e-4,
    0.0227238449892691845833,
    0.241780725177450611770,
    1.27045825245236838258,
    3.64784832476320460504,
    5.76949722146069140550,
    4.63033784615654529590,
    1.42343711074968357734,
)
PPF_D = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    0.0151986665636164571966,
    0.148103976427480074590,
    0.689767334985100004550,
    1.67638483018380384940,
    2.05319162663775882187,
    1.0,
)
PPF_E = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.00124266094738807843860,
    0.0265321895265761230930,
    0.296560571828504891230,
    1.78482653991729133580,
    5.46378491116411436990,
    6.65790464350110377720,
)
PPF_F = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    0.0148753612908506148525,
    0.136929880922735805310,
    0.599832206555887937690,
    1.0,
)

# The same paper's routine PPND7: fewer terms, for shocks that are drawn by the million.
SHOCK_A = (59.109374720, 159.29113202, 50.434271938, 3.3871327179)
SHOCK_B = (67.187563600, 78.757757664, 17.895169469, 1.0)
SHOCK_C = (0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777)
SHOCK_D = (0.12021132975, 0.73700164250, 1.0)


@_instruction
def _bits(typing_context: Any, value: Any) -> Any:
    """Reinterpret a float64 as int64."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(FLOAT_BITS))

    return types.int64(types.float64), codegen


@_instruction
def _from_bits(typing_context: Any, value: Any) -> Any:
    """Reinterpret an int64 as float64."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@pure
def _horner(coefficients: tuple[float, ...], x: float) -> float:
    """Evaluate a polynomial, the highest coefficient first."""
    total = coefficients[0]
    for c in coefficients[1:]:
        total = total * x + c
    return total


@pure
def exp(x: float) -> float:
    """Raise e to the power x; relative error below 1e-14; x is clipped to ±700."""
    x = min(max(x, -EXP_LIMIT), EXP_LIMIT)
    k = np.floor(x * LOG2_E + 0.5)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    power_of_two: float = _from_bits((np.int64(k) + EXPONENT_BIAS) << MANTISSA_BITS)
    return _horner(EXP_TAYLOR, r) * power_of_two


@pure
def log(x: float) -> float:
    """Return the natural logarithm of a positive normal number; error below 1e-14 (absolute near 1)."""
    bits: int = _bits(x)
    k = (bits >> MANTISSA_BITS) - EXPONENT_BIAS
    m: float = _from_bits((bits & MANTISSA_MASK) | (EXPONENT_BIAS << MANTISSA_BITS))
    if m > SQRT2:
        m = m * 0.5
        k = k + 1
    s = (m - 1.0) / (m + 1.0)
    return (2.0 * s * _horner(LOG_SERIES, s * s) + k * LN2_LOW) + k * LN2_HIGH


@pure
def normal_cdf(x: float) -> float:
    """Return the standard normal distribution function Φ; absolute error below 1e-12 (Hart 1968).

    It is 0 or 1 beyond ±7.07, without a branch, so that loops are vectorised.
    """
    a = abs(x)
    tail = exp(-0.5 * a * a) * _horner(CDF_TOP, a) / _horner(CDF_BOTTOM, a) if a < CDF_ZERO else 0.0
    return 1.0 - tail if x > 0.0 else tail


@pure
def normal_ppf(u: float) -> float:
    """Return the standard normal quantile Φ⁻¹ for 0 < u < 1; relative error below 1e-13 (AS 241)."""
    q = u - 0.5
    if abs(q) <= PPF_SPLIT:
        r = PPF_SPLIT_SQUARED - q * q
        return q * _horner(PPF_A, r) / _horner(PPF_B, r)
    r = np.sqrt(-log(min(u, 1.0 - u)))
    if r <= PPF_FAR:
        r = r - PPF_MIDDLE
        z = _horner(PPF_C, r) / _horner(PPF_D, r)
    else:
        r = r - PPF_FAR
        z = _horner(PPF_E, r) / _horner(PPF_F, r)
    return -z if q < 0.0 else z


@pure
def normal_shock(u: float) -> float:
    """Return Φ⁻¹ of a 32-bit uniform number to 6 digits: relative error below 4e-7 (AS 241, PPND7).

    No 32-bit number lies beyond r = 5. Both parts are always computed: without a branch, loops are vectorised.
    """
    q = u - 0.5
    r = PPF_SPLIT_SQUARED - q * q
    middle = q * _horner(SHOCK_A, r) / _horner(SHOCK_B, r)
    r = np.sqrt(-log(min(u, 1.0 - u))) - PPF_MIDDLE
    z = _horner(SHOCK_C, r) / _horner(SHOCK_D, r)
    tail = -z if q < 0.0 else z
    return middle if abs(q) <= PPF_SPLIT else tail


@pure
def slot(i: Int) -> np.uint64:
    """Return the index as an unsigned integer.

    Negative indices count from the end; if they are impossible, a loop that writes can be vectorised.
    """
    return np.uint64(i)


@pure
def clip(x: float, low: float, high: float) -> float:
    """Move x into [low, high]."""
    return min(max(x, low), high)


@pure
def round_money(x: float) -> int:
    """Round yuan to an integer, halves up. Every money flow is rounded here, once, when it arises."""
    return int(np.floor(x + 0.5))


@pure
def quarterly(annual: float) -> float:
    """Return the quarterly probability of an annual hazard a: 1 − (1 − a)^¼."""
    stay: float = np.sqrt(np.sqrt(1.0 - annual))
    return 1.0 - stay
