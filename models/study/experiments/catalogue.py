"""The experiments of the study, in the order in which they are done and told."""

from collections.abc import Mapping
from typing import Any

from inkling.models.study.experiment import Experiment
from inkling.models.study.experiments.blank_sides import BLANKS
from inkling.models.study.experiments.context_reading import CONTEXT
from inkling.models.study.experiments.dying_units import DYING
from inkling.models.study.experiments.gradient_reach import GRADIENTS
from inkling.models.study.experiments.keystroke_cost import COST
from inkling.models.study.experiments.kinds_quality import QUALITY
from inkling.models.study.experiments.layer_depth import DEPTH
from inkling.models.study.experiments.long_recall import RECALL
from inkling.models.study.experiments.temperature_effect import TEMPERATURE
from inkling.models.study.experiments.training_speed import SPEED
from inkling.models.study.experiments.word_influence import INFLUENCE

EXPERIMENTS: Mapping[str, Experiment[Any]] = {
    one.name: one
    for one in (
        *(QUALITY, DEPTH, CONTEXT, BLANKS),
        *(SPEED, COST),
        *(GRADIENTS, RECALL, INFLUENCE, DYING, TEMPERATURE),
    )
}
"""Every experiment by its name."""
