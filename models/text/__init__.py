"""From text to tokens: chunks and words, masking, typography, the tokenizer, the context."""
