"""Language models with random weights, in the formats of systems to compare with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.reporting.extras import missing

Ask = Callable[[Sequence[int], Sequence[int]], object]
"""Continues the tokens of whole words and those of the unfinished one."""

_CONTEXT = 4096
_SCALE = 0.02


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoder-only Transformer; `key_heads` None means as many as `heads`, and two-matrix feed-forwards.

    With `key_heads` it is a Llama: grouped queries and gated feed-forwards.
    """

    layers: int
    size: int
    heads: int
    inner: int
    vocabulary: int
    key_heads: int | None = None

    @property
    def parameters(self) -> int:
        """Numbers in the matrices; input and output share one."""
        keys = self.size if self.key_heads is None else self.size * self.key_heads // self.heads
        matrices = 2 if self.key_heads is None else 3
        attention = 2 * self.size * (self.size + keys)
        return self.layers * (attention + matrices * self.size * self.inner) + self.vocabulary * self.size


def _random(random: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    return random.standard_normal(shape, np.float32) * np.float32(_SCALE)


def ctranslate2_peer(folder: Path, shape: Shape, *, beam: int, tokens: int, threads: int) -> Ask:
    """An int8 Transformer in CTranslate2, which keeps its state of whole words between two keys."""
    try:
        import ctranslate2
        from ctranslate2.specs import common_spec, transformer_spec
    except ImportError:
        missing("ctranslate2", "peers")
    random = np.random.default_rng(0)
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        shape.layers, shape.heads, activation=common_spec.Activation.GELU
    )
    decoder = spec.decoder
    size, inner = shape.size, shape.inner
    decoder.embeddings.weight = _random(random, shape.vocabulary, size)
    decoder.position_encodings.encodings = _random(random, _CONTEXT, size)
    decoder.scale_embeddings = False
    decoder.projection.weight = decoder.embeddings.weight
    norms = [decoder.layer_norm]
    for layer in decoder.layer:
        attention, forward = layer.self_attention, layer.ffn
        norms += [attention.layer_norm, forward.layer_norm]
        for linear, rows, columns in (
            (attention.linear[0], 3 * size, size),
            (attention.linear[1], size, size),
            (forward.linear_0, inner, size),
            (forward.linear_1, size, inner),
        ):
            linear.weight = _random(random, rows, columns)
            linear.bias = np.zeros(rows, np.float32)
    for norm in norms:
        norm.gamma, norm.beta = np.ones(size, np.float32), np.zeros(size, np.float32)
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = "0"
    spec.register_vocabulary([str(token) for token in range(shape.vocabulary)])
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))
    generator = ctranslate2.Generator(
        str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
    )

    def ask(before: Sequence[int], inside: Sequence[int]) -> object:
        names = [str(token) for token in (*before, *inside)]
        kept = len(before) if inside else len(before) - 1  # at least one token has to be new
        return generator.generate_batch(
            [names[kept:]],
            static_prompt=names[:kept],
            cache_static_prompt=True,
            beam_size=beam,
            max_length=tokens,
            min_length=tokens,
            num_hypotheses=beam,
            include_prompt_in_result=False,
        )

    return ask


def llama_peer(path: Path, shape: Shape, *, tokens: int, threads: int) -> Ask:
    """A Llama in llama.cpp, eight bits a weight, greedy. It keeps the common beginning of two prompts."""
    try:
        import gguf
        import llama_cpp
    except ImportError:
        missing("llama-cpp-python", "peers")
    assert shape.key_heads is not None
    random = np.random.default_rng(0)
    size, inner, keys = shape.size, shape.inner, shape.size * shape.key_heads // shape.heads
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(size)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_rope_dimension_count(size // shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_tokenizer_model("no_vocab")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)

    def add(name: str, rows: int, columns: int) -> None:
        kind = gguf.GGMLQuantizationType.Q8_0
        data = gguf.quants.quantize(_random(random, rows, columns), kind)
        writer.add_tensor(f"{name}.weight", data, raw_dtype=kind)

    def norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(size, np.float32))

    add("token_embd", shape.vocabulary, size)
    norm("output_norm")
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm")
        norm(f"{block}.ffn_norm")
        for name, rows, columns in (
            ("attn_q", size, size),
            ("attn_k", keys, size),
            ("attn_v", keys, size),
            ("attn_output", size, size),
            ("ffn_gate", inner, size),
            ("ffn_up", inner, size),
            ("ffn_down", size, inner),
        ):
            add(f"{block}.{name}", rows, columns)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = llama_cpp.Llama(
        str(path), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, logits_all=False, verbose=False
    )

    def ask(before: Sequence[int], inside: Sequence[int]) -> object:
        generating = model.generate([*before, *inside], temp=0.0, top_k=1)
        return [next(generating) for _ in range(tokens)]

    return ask
