"""An axis: where its values lie, and which of them are marked."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_TICKS = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_EXPONENTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class AxisScale:
    """Values from `low` to `high`, linear or logarithmic, with the marked values `ticks` among them."""

    low: float
    high: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """The place of a value on the axis, from 0 at its low end to 1 at its high end, never outside."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return min(max((value - low) / (high - low), 0.0), 1.0)


def scale_of(values: Iterable[float], *, logarithmic: bool = False, from_zero: bool = False) -> AxisScale:
    """A scale that holds all values. On a logarithmic one, only values above 0 count.

    A linear scale `from_zero` begins, or ends, at 0. Values must be finite; without any the scale is 0 to 1.
    """
    known = [value for value in values if value > 0 or not logarithmic]
    if logarithmic:
        return _logarithmic(known or [1.0, 10.0])
    known = known or [0.0, 1.0]
    low, high = min(known), max(known)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        low, high = (low - 1.0, high) if from_zero and low < 0 else (low, low + 1.0)
    step = _step(high - low)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    return AxisScale(ticks[0], ticks[-1], False, ticks)


def _step(span: float) -> float:
    """The distance of about `_TICKS` round values on a span."""
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    return next(step * power for step in _STEPS if step * power >= span / _TICKS * (1 - 1e-9))


def _logarithmic(values: list[float]) -> AxisScale:
    low, high = min(values), max(values)
    if high <= 1.05 * low:
        low, high = low / 1.5, high * 1.5
    decades = math.log10(high / low)
    if decades > 2:
        first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
        every = max(1, math.ceil((last - first) / _TICKS))
        # The low end moves down rather than the last tick up: what is largest is read most.
        exponents = range(last, first - every, -every)
        ticks = tuple(10.0**exponent for exponent in reversed(exponents))
        return AxisScale(ticks[0], ticks[-1], True, ticks)
    digits = (1, 2, 5) if decades > 0.7 else (1, 1.5, 2, 3, 4, 5, 6, 8)
    power = math.floor(math.log10(low))
    marks = [digit * 10.0**exponent for exponent in range(power, power + 4) for digit in digits]
    below = max((mark for mark in marks if mark <= low * (1 + 1e-9)), default=low)
    above = min(mark for mark in marks if mark >= high * (1 - 1e-9))
    return AxisScale(below, above, True, tuple(mark for mark in marks if below <= mark <= above))


def short_number(value: float) -> str:
    """A value in three digits or so, thousands as k and millions as M."""
    size = abs(value)
    if size >= 1e9:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    if size >= 1e6:
        return f"{value / 1e6:.3g}M"
    if size >= 1e4:
        return f"{value / 1e3:.3g}k"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"


def tick_text(value: float, scale: AxisScale) -> str:
    """A marked value as it is written beside the axis."""
    if scale.logarithmic and scale.high / scale.low > 1e4 and value > 0:
        return f"10{str(round(math.log10(value))).translate(_EXPONENTS)}"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,g}M"
    if abs(value) >= 10_000:
        return f"{value / 1000:,g}k"
    return f"{value:.6g}" if abs(value) < 1000 else f"{value:,.0f}"
