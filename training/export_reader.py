"""Turns a checkpoint of the reader into what kqa ships: ONNX, its weights in eight bits.

    python -m training.export_reader CHECKPOINT                # into search/reader_model/
    python -m training.export_reader CHECKPOINT --full FOLDER  # in full precision, to compare

The weights of every matrix become integers of eight bits, one scale a column
(dynamic quantisation). One bit of their range stays unused: without VNNI, a processor's
16-bit sums would overflow, and other processors would give other logits. Prints the
hashes for ``index/model_files.py``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from kqa.index.encoder import default_folder
from kqa.index.model_files import READER_MODEL, READER_TOKENIZER, SHIPPED_READER, sha256_of

OPSET = 17
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Logits(torch.nn.Module):
    """The model with its inputs in a fixed order and its logits alone as output."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Logits of shape (pairs, 1)."""
        logits: torch.Tensor = self.model(**dict(zip(INPUTS, inputs, strict=True))).logits
        return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--full", type=Path, help="write it in full precision, there")
    options = parser.parse_args()
    folder = options.full or SHIPPED_READER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / READER_MODEL
        export(options.checkpoint, whole)
        if options.full:
            shutil.copyfile(whole, folder / READER_MODEL)
        else:
            quantize_dynamic(
                whole,
                folder / READER_MODEL,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
            )
    shutil.copyfile(default_folder() / READER_TOKENIZER, folder / READER_TOKENIZER)
    for name in (READER_MODEL, READER_TOKENIZER):
        print(
            f"{name} {(folder / name).stat().st_size:,} bytes, SHA-256 {sha256_of(folder / name)}"
        )


def export(checkpoint: Path, file: Path) -> None:
    """Writes the checkpoint as ONNX in full precision; batch and length stay free."""
    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint, attn_implementation="eager"
    ).eval()
    example = torch.ones((2, 8), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own age
        torch.onnx.export(
            Logits(model),
            (example, example, torch.zeros_like(example)),
            str(file),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes={name: {0: "pairs", 1: "tokens"} for name in INPUTS},
            opset_version=OPSET,
            dynamo=False,
        )


if __name__ == "__main__":
    main()
