"""What can be trained: the recurrent models, and the Transformer they are compared with."""

from models.networks.recurrent import RecurrentLanguageModel
from models.networks.transformer import TransformerLanguageModel

TrainableModel = RecurrentLanguageModel | TransformerLanguageModel
