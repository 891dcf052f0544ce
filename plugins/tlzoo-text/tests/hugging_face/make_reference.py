"""Tiny networks in Hugging Face's layout, with what transformers makes of two sequences: a folder each beside this.

Run it where torch is, in an environment of its own: `pip install torch transformers==5.23.0 safetensors`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import transformers as hf

SIZES = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
NETWORKS = {
    "BertBackbone": hf.BertModel(hf.BertConfig(**SIZES, max_position_embeddings=32)),
    "DistilBertBackbone": hf.DistilBertForMaskedLM(
        hf.DistilBertConfig(vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=32)
    ),
    "RobertaBackbone": hf.RobertaForMaskedLM(
        hf.RobertaConfig(**SIZES, max_position_embeddings=34, type_vocab_size=1, layer_norm_eps=1e-5)
    ),
    "XLMRobertaBackbone": hf.XLMRobertaForMaskedLM(
        hf.XLMRobertaConfig(**SIZES, max_position_embeddings=34, type_vocab_size=1, layer_norm_eps=1e-5)
    ),
    "AlbertBackbone": hf.AlbertForPreTraining(hf.AlbertConfig(**SIZES, embedding_size=8, max_position_embeddings=32)),
    "GPT2Backbone": hf.GPT2Model(hf.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_positions=32)),
}
TOKENS = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12], [13, 14, 15, 16, 1, 1, 1, 1]])
MASK = torch.tensor([[1] * 8, [1] * 4 + [0] * 4])

if __name__ == "__main__":
    torch.manual_seed(0)
    for name, network in NETWORKS.items():
        network.eval()
        for parameter in network.parameters():
            drawn = torch.randn_like(parameter)
            parameter.data = drawn * 0.3 if parameter.dim() > 1 else parameter.data + drawn * 0.1
        folder = Path(__file__).parent / name
        network.save_pretrained(folder)
        for other in folder.iterdir():
            if other.name not in {"config.json", "model.safetensors"}:
                other.unlink()
        with torch.no_grad():
            sequence = network.base_model(input_ids=TOKENS, attention_mask=MASK).last_hidden_state.numpy()
        np.savez_compressed(folder / "reference.npz", tokens=TOKENS.numpy(), mask=MASK.numpy(), sequence=sequence)
