"""The measurements of a run, as CSV and as a curve."""

import csv
from pathlib import Path
from typing import Any

from inkling.models.drawing import load_matplotlib

FIELDS = (
    "step",
    "pieces",
    "loss",
    "learning_rate",
    "gradient_norm",
    "pieces_per_second",
    "skipped",
    "dev_perplexity",
)


class Scalars:
    """A CSV file that a resumed run continues: rows past the resumed step are dropped."""

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        kept = (
            [row for row in read_scalars(path) if int(row["step"]) <= step] if path.exists() and step else []
        )
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(kept)

    def append(self, **values: Any) -> None:
        """Add one row; a field not named stays empty."""
        with self._path.open("a", newline="") as file:
            csv.DictWriter(file, FIELDS).writerow(values)


def read_scalars(path: Path) -> list[dict[str, str]]:
    """Rows of a scalars file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def plot_scalars(path: Path, picture: Path) -> bool:
    """Draw training loss and dev perplexity as PNG; False where matplotlib is not installed."""
    try:
        load_matplotlib()
        from matplotlib.figure import Figure
    except ImportError:
        return False
    rows = read_scalars(path)
    train = [(int(row["pieces"]) / 1e6, float(row["loss"])) for row in rows if row["loss"]]
    dev = [(int(row["pieces"]) / 1e6, float(row["dev_perplexity"])) for row in rows if row["dev_perplexity"]]
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    left = figure.add_subplot()
    left.plot(*zip(*train, strict=True), color="#5b7db1", linewidth=0.8, label="training loss")
    left.set(xlabel="tokens read (millions)", ylabel="loss (nats a token)", title="Training")
    left.grid(alpha=0.25)
    handles, labels = left.get_legend_handles_labels()
    if dev:
        right = left.twinx()
        right.plot(
            *zip(*dev, strict=True), color="#c0603f", marker="o", markersize=3, label="dev perplexity a word"
        )
        right.set(ylabel="perplexity a word", yscale="log")
        more_handles, more_labels = right.get_legend_handles_labels()
        handles, labels = handles + more_handles, labels + more_labels
    left.legend(handles, labels, frameon=False)
    figure.savefig(picture, dpi=120)
    return True
