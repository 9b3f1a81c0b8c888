"""The page of the metrics, from the service's own list of them."""

from inkling.service.monitoring.families import FAMILIES, Family, Label

_INTRODUCTION = """\
# Metrics

`/metrics` gives them in Prometheus' text format. A test compares this page with what the service exports.

* No label holds text, a session id, a user id or a tenant. Every label has few values.
* A histogram `NAME` is exported as `NAME_bucket`, `NAME_sum` and `NAME_count`. Its times are in seconds.
* A counter begins at 0 with the service. `NAME_created` beside it is the Unix time at which it began.
* Behind several services, Prometheus adds the label `instance`: each service counts for itself.
* [A dashboard and alert rules](../guides/deploy.md#watch-it) use these names.

| name | type | labels | meaning |
| --- | --- | --- | --- |
"""


def metrics_page() -> str:
    """The page as Markdown: a row a metric, in the order of the list."""
    return _INTRODUCTION + "\n".join(map(_row, FAMILIES)) + "\n"


def _row(family: Family) -> str:
    name = family.name + ("_total" if family.kind == "counter" else "")
    labels = "; ".join(map(_label, family.labels))
    return f"| `{name}` | {family.kind} | {labels} | {family.help} |"


def _label(label: Label) -> str:
    if isinstance(label.values, str):
        return f"`{label.name}`: {label.values}"
    return f"`{label.name}`: " + ", ".join(f"`{value}`" if value else "empty" for value in label.values)
