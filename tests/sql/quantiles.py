"""Quantiles that SQL lacks, by arithmetic of 40 digits: the gamma and t distributions are inverted by bisection of their integrals, so that nothing
is shared with the program's own routines.
"""

import functools
import statistics

import mpmath

mpmath.mp.dps = 40


@functools.cache
def gamma(shape, tail, is_upper):
    """The value below (or, is_upper, above) which a gamma variable of this shape lies with probability `tail`."""
    shape, tail = mpmath.mpf(shape), mpmath.mpf(tail)

    def excess(x):
        limits = (x, mpmath.inf) if is_upper else (0, x)
        return mpmath.gammainc(shape, *limits, regularized=True) - tail

    # Wilson and Hilferty's approximation is near; Newton's steps then halve the distance to an end where they would leave the half line.
    z = mpmath.mpf(statistics.NormalDist().inv_cdf(float(1 - tail if is_upper else tail)))
    x = max(shape * (1 - 1 / (9 * shape) + z / (3 * mpmath.sqrt(shape))) ** 3, mpmath.mpf("1e-12"))
    if not is_upper and shape < 1:
        x = (tail * mpmath.gamma(shape + 1)) ** (1 / shape)
    for _ in range(200):
        density = mpmath.exp((shape - 1) * mpmath.log(x) - x - mpmath.loggamma(shape))
        step = excess(x) / (-density if is_upper else density)
        following = x - step if x - step > 0 else x / 2
        if abs(following - x) <= abs(x) * mpmath.mpf("1e-22"):
            return float(following)
        x = following
    raise ArithmeticError(f"no gamma quantile for shape {shape} and tail {tail}")


@functools.cache
def student(degrees, tail):
    """The value above which Student's t with so many degrees of freedom lies with probability `tail`."""
    half = mpmath.mpf(degrees) / 2

    def excess(t):
        return mpmath.betainc(half, mpmath.mpf(1) / 2, 0, degrees / (degrees + t * t), regularized=True) / 2 - tail

    low, high = mpmath.mpf(0), mpmath.mpf(1)
    while excess(high) > 0:
        low, high = high, high * 2
    return float(mpmath.findroot(excess, (low, high), solver="anderson", tol=mpmath.mpf("1e-50")))


def normal(tail):
    """The value above which a standard normal variable lies with probability `tail`."""
    return float(-mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(tail) - 1))
