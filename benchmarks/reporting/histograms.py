"""Histograms of a service's /metrics, and what lies between two readings of them."""

import math
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Buckets = Mapping[float, float]
"""How many values were at most so large, by that limit in seconds."""


def buckets(text: str, name: str) -> Buckets:
    """The buckets of a histogram without labels. Raises KeyError where the text has none of this name."""
    for family in text_string_to_metric_families(text):
        if family.name == name:
            ended = [sample for sample in family.samples if sample.name.endswith("_bucket")]
            return {float(sample.labels["le"]): sample.value for sample in ended}
    raise KeyError(f"/metrics has no histogram {name}")


def percentile(before: Buckets, after: Buckets, share: float) -> float:
    """The percentile, in seconds, of the values that came between two readings; NaN without any.

    Within its bucket it lies as if the bucket's values were spread evenly, as in Prometheus.
    """
    counts = [(limit, after[limit] - before[limit]) for limit in sorted(after)]
    wanted = counts[-1][1] * share / 100
    if not counts[-1][1]:
        return math.nan
    low, below = 0.0, 0.0
    for limit, count in counts:
        if count >= wanted:
            return low + (limit - low) * (wanted - below) / (count - below) if math.isfinite(limit) else low
        low, below = limit, count
    raise AssertionError("the last bucket holds all values")
