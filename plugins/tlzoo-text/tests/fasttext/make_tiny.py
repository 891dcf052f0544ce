"""Makes ``tiny.bin`` and ``tiny.json``, with the reference: ``pip install fasttext-wheel==0.9.2 "numpy<3"``.

    python make_tiny.py

Training with one thread is repeatable on one machine; what is committed is what one run of it made.
"""

import json
import tempfile
from pathlib import Path

import fasttext
import numpy as np

HERE = Path(__file__).parent
SENTENCES = [
    "the small bird sang over the old harbour",
    "rain fell on the grey harbour all day",
    "a bird and a cat met in the old garden",
    "the cat sang to the rain",
    "großes café in der straße",
    "naïve bird 鳥 sang",
]
WORDS = ["bird", "harbour", "straße", "鳥", "a", "</s>", "birds", "unseen", "naiv", "日本", "x", "😀y"]
SIZE = 6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.txt")
        corpus.write_text("\n".join(SENTENCES * 40), "utf-8")
        model = fasttext.train_unsupervised(
            str(corpus), model="skipgram", dim=SIZE, minCount=1, bucket=50, minn=2, maxn=4, epoch=20, thread=1
        )
    model.save_model(str(HERE / "tiny.bin"))
    vectors = {}
    for word in WORDS:
        vector = fasttext.FastText.fasttext.Vector(SIZE)
        model.f.getWordVector(vector, word)
        vectors[word] = np.array(vector).tolist()
    (HERE / "tiny.json").write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
