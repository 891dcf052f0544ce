"""Writes configurations of tiny networks, names and shapes of their tensors, and the outputs of transformers.

The weights are drawn from the names (tests/made/drawn_weights.py), so they are not stored. Run it in an environment of
its own: `pip install torch transformers==5.23.0`, then `python make_reference.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import transformers as hf

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "tests" / "made"))

from reference_networks import redrawn  # noqa: E402

SIZES = {
    "vocab_size": 300,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
SHORT = {"max_position_embeddings": 32}
ROBERTA = {"max_position_embeddings": 34, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
NETWORKS = {
    "albert": hf.AlbertForPreTraining(hf.AlbertConfig(**SIZES, **SHORT, embedding_size=8)),
    "bert": hf.BertModel(hf.BertConfig(**SIZES, **SHORT)),
    "distilbert": hf.DistilBertForMaskedLM(
        hf.DistilBertConfig(vocab_size=300, dim=16, n_layers=2, n_heads=2, hidden_dim=32, **SHORT)
    ),
    "gpt2": hf.GPT2Model(hf.GPT2Config(vocab_size=300, n_embd=16, n_layer=2, n_head=2, n_positions=32)),
    "roberta": hf.RobertaForMaskedLM(hf.RobertaConfig(**SIZES, **ROBERTA)),
    "xlm-roberta": hf.XLMRobertaForMaskedLM(hf.XLMRobertaConfig(**SIZES, **ROBERTA)),
}
TOKENS = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12], [13, 14, 15, 16, 1, 1, 1, 1]])
MASK = torch.tensor([[1] * 8, [1] * 4 + [0] * 4])


def main() -> None:
    for name, network in NETWORKS.items():
        folder = HERE / name
        again = redrawn(network, folder)
        with torch.no_grad():
            sequence = again.base_model(input_ids=TOKENS, attention_mask=MASK).last_hidden_state.numpy()
        np.savez_compressed(folder / "reference.npz", tokens=TOKENS.numpy(), mask=MASK.numpy(), sequence=sequence)


if __name__ == "__main__":
    main()
