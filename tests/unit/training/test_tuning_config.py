"""The configuration of tuning, from the mailbox's size and the given settings."""

from typing import Any

import pytest

from inkling.models.networks.config import ConfigError, TrainingConfig
from inkling.models.training.tuning.tuning import tuning_config


def test_a_larger_mailbox_is_read_less_often() -> None:
    passes = [tuning_config(TrainingConfig(), tokens).epochs for tokens in (10_000, 100_000, 1_000_000)]
    assert passes == sorted(passes, reverse=True)
    assert len(set(passes)) == 3


def test_what_is_asked_for_holds() -> None:
    config = tuning_config(TrainingConfig(epochs=7.0, learning_rate=1e-4), 10_000)
    assert (config.epochs, config.learning_rate) == (7.0, 1e-4)


@pytest.mark.parametrize(
    "setting",
    [
        {"corpus_passes": {"office": 2.0}},
        {"withhold_local": True},
        {"phrase_order": 3},
        {"max_phrase_bytes": 20_000},
    ],
)
def test_a_setting_without_effect_is_refused_by_name(setting: dict[str, Any]) -> None:
    (name,) = setting
    with pytest.raises(ConfigError, match=rf"^{name}: .*--vocabulary-size"):
        tuning_config(TrainingConfig(**setting), 10_000)
