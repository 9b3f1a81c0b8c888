"""What can be trained: the recurrent models, and the Transformer they are compared with."""

from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.networks.transformer import TransformerLanguageModel

TrainableModel = RecurrentLanguageModel | TransformerLanguageModel
