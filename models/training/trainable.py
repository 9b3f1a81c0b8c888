"""What can be trained: the recurrent models, and the Transformer they are compared with."""

from models.recurrent import RecurrentLanguageModel
from models.transformer import TransformerLanguageModel

TrainableModel = RecurrentLanguageModel | TransformerLanguageModel
