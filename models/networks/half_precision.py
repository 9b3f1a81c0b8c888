"""Whether a device multiplies in bfloat16 by itself."""

import torch

_INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def multiplies_in_bfloat16(device: torch.device) -> bool:
    """Whether it has instructions for bfloat16. Elsewhere such numbers are emulated, or refused."""
    if device.type == "cuda":
        native: bool = torch.cuda.is_bf16_supported(including_emulation=False)
        return native
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in _INSTRUCTIONS)
