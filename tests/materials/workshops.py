"""A workshop of the study with tiny models and invented mail, made in a second."""

from dataclasses import replace
from pathlib import Path

import torch

from inkling.models.study.contenders import Sizes
from inkling.models.study.invented_mail import write_invented_mail
from inkling.models.study.material import load_material
from inkling.models.study.plan import QUICK, Plan
from inkling.models.study.workshop import Workshop

TINY: Plan = replace(
    QUICK,
    name="tiny",
    seeds=(0,),
    vocabulary_size=400,
    sizes=Sizes(embedding=24, layers=1, blocks=2, heads=2, memory=24),
    steps=3,
    batch_size=4,
    sequence_length=16,
    budget_seconds=0.05,
    short_steps=2,
    replay_characters=12,
    dev_words=60,
    depths=(1, 2),
    depth_steps=3,
    context_steps=3,
    blank_steps=3,
    speed_tokens=64,
    lengths=(4, 8),
    prefixes=(3, 6),
    timings=2,
    recall_steps=3,
    recall_batch=4,
    distances=(2, 5),
    probes=3,
    temperatures=(0.0, 1.0),
)


def make_workshop(folder: Path, plan: Plan = TINY) -> Workshop:
    """A workshop that keeps everything in `folder`."""
    train, held_out = write_invented_mail(folder / "mail", 120)
    material = load_material([train], [held_out], folder / "mail", plan)
    return Workshop(plan, material, torch.device("cpu"), folder / "models")
