"""Arithmetic of the reference twin: the published algorithms in plain Python, Python floats and ints throughout.

Values are float32 at rest (`f32`) and float64 in between. Every result equals the kernel's to the last bit, because
both use only + − × ÷ √, in the order of the publication.
"""

from __future__ import annotations

from math import factorial, floor, frexp, ldexp, sqrt

import numpy as np

WORD = 2**32


def f32(x: float) -> float:
    """Value that is left of a number stored as float32."""
    return float(np.float32(x))


def whole(x: float) -> int:
    """Nearest whole number, halves upwards: people, and yuan when a flow is formed."""
    return floor(x + 0.5)


def quarterly(annual: float) -> float:
    """1 − (1 − a)^¼."""
    return 1.0 - sqrt(sqrt(1.0 - annual))


# Philox4x32-10, Salmon et al. 2011 -----------------------------------------------------------------------------------


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Ten rounds: multiply two words, swap the halves, add the round key, which grows by golden ratios."""
    c0, c1, c2, c3 = counter
    for n in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, WORD)
        high1, low1 = divmod(0xCD9E8D57 * c2, WORD)
        key0 = (key[0] + n * 0x9E3779B9) % WORD
        key1 = (key[1] + n * 0xBB67AE85) % WORD
        c0, c1, c2, c3 = high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0
    return c0, c1, c2, c3


def uniform(word: int) -> float:
    """Middle of the word's cell when (0, 1) is cut into 2³² cells."""
    return (word + 0.5) / WORD


def luck(high: int, low: int) -> int:
    """56 bits of two words, to order agents by chance."""
    return (high * WORD + low) // 256


# Elementary functions ------------------------------------------------------------------------------------------------


def polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """c0 + c1 x + c2 x² + …, from the highest power down."""
    *rest, total = coefficients
    for c in reversed(rest):
        total = total * x + c
    return total


EXP_SERIES = tuple(1.0 / factorial(n) for n in range(13))
ATANH_SERIES = tuple(1.0 / (2 * n + 1) for n in range(11))
LN2 = (0.6931471803691238, 1.9082149292705877e-10)  # ln 2 in two pieces


def exp(x: float) -> float:
    """2^k e^r with |r| ≤ ½ ln 2 and a Taylor polynomial of degree 12 in r."""
    x = min(max(x, -700.0), 700.0)
    k = floor(x * 1.4426950408889634 + 0.5)
    r = (x - k * LN2[0]) - k * LN2[1]
    return ldexp(polynomial(EXP_SERIES, r), k)


def log(x: float) -> float:
    """Ln x = k ln 2 + 2 atanh s, s = (m − 1)/(m + 1), with the mantissa m in (1/√2, √2]."""
    half, k = frexp(x)
    m, k = 2.0 * half, k - 1
    if m > 1.4142135623730951:
        m, k = m / 2.0, k + 1
    s = (m - 1.0) / (m + 1.0)
    return (2.0 * s * polynomial(ATANH_SERIES, s * s) + k * LN2[1]) + k * LN2[0]


HART_TOP = (
    220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383, 6.37396220353165, 0.700383064443688,
    0.0352624965998911,
)  # fmt: skip
HART_BOTTOM = (
    440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674, 86.7807322029461, 16.064177579207,
    1.75566716318264, 0.0883883476483184,
)  # fmt: skip


def normal_cdf(x: float) -> float:
    """Φ by Hart (1968) as in West (2005): a rational function up to 7.07, certainty beyond."""
    a = abs(x)
    tail = 0.0
    if a < 7.07106781186547:
        tail = exp(-0.5 * a * a) * polynomial(HART_TOP, a) / polynomial(HART_BOTTOM, a)
    return 1.0 - tail if x > 0 else tail


# Wichura (1988), AS 241, PPND16: a, b in the middle, c, d up to r = 5, e, f beyond; lowest power first.
WICHURA = {
    "a": (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
          45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    "b": (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077, 21213.794301586595867,
          39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
    "c": (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
          1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4),
    "d": (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550, 0.148103976427480074590,
          0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
    "e": (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
          0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    "f": (1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525, 7.86869131145613259100e-4,
          1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
}  # fmt: skip


def normal_ppf(u: float) -> float:
    """Φ⁻¹ for 0 < u < 1."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * polynomial(WICHURA["a"], r) / polynomial(WICHURA["b"], r)
    r = sqrt(-log(min(u, 1.0 - u)))
    if r <= 5.0:
        z = polynomial(WICHURA["c"], r - 1.6) / polynomial(WICHURA["d"], r - 1.6)
    else:
        z = polynomial(WICHURA["e"], r - 5.0) / polynomial(WICHURA["f"], r - 5.0)
    return -z if q < 0.0 else z


def normal_shock(u: float) -> float:
    """Φ⁻¹ by the short routine of the same paper, PPND7; 2⁻³³ < u < 1 − 2⁻³³ never reaches its last part."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * polynomial((3.3871327179, 50.434271938, 159.29113202, 59.109374720), r)
            / polynomial((1.0, 17.895169469, 78.757757664, 67.187563600), r)
        )
    r = sqrt(-log(min(u, 1.0 - u))) - 1.6
    z = polynomial((1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103), r) / polynomial(
        (1.0, 0.73700164250, 0.12021132975), r
    )
    return -z if q < 0.0 else z


def first_above(cumulative: list[float], u: float) -> int:
    """Outcome of a draw from cumulative chances: the first that exceeds u, else the last."""
    for k, bound in enumerate(cumulative):
        if bound > u:
            return k
    return len(cumulative) - 1
