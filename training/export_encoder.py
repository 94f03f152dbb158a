"""Writes the graph by which ONNX Runtime runs the default encoder: its sums, not its weights.

    python -m training.export_encoder          # into index/encoder_model/

all-MiniLM-L6-v2 with mean pooling over the tokens and division by the length, as its own
configuration says. Every weight is named as in ``model.safetensors`` and taken from there
when the graph is opened, so that what runs are the official weights, byte for byte.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from safetensors import safe_open
from transformers import AutoModel, PreTrainedModel

from kqa.index.default_encoder import WEIGHTS
from kqa.index.encoder import default_folder
from kqa.index.model_files import ENCODER_GRAPH, sha256_of
from training.export_reader import INPUTS, OPSET


class UnitVectors(torch.nn.Module):
    """The encoder with its inputs in a fixed order and unit vectors as output."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Vectors of shape (texts, dimension)."""
        named = dict(zip(INPUTS, inputs, strict=True))
        states = self.model(**named).last_hidden_state
        mask = named["attention_mask"].unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)


def main() -> None:
    folder = default_folder()
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    example = torch.ones((2, 8), dtype=torch.long)
    with tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own age
        whole = Path(temporary) / "whole.onnx"
        torch.onnx.export(
            UnitVectors(model),
            (example, example, torch.zeros_like(example)),
            str(whole),
            input_names=list(INPUTS),
            output_names=["vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in INPUTS},
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
        graph = onnx.load(str(whole))
    _leave_out_weights(graph, folder / WEIGHTS)
    ENCODER_GRAPH.parent.mkdir(exist_ok=True)
    ENCODER_GRAPH.write_bytes(graph.SerializeToString())
    print(f"{ENCODER_GRAPH.name} {ENCODER_GRAPH.stat().st_size:,} bytes, SHA-256 ", end="")
    print(sha256_of(ENCODER_GRAPH))


def _leave_out_weights(graph: onnx.ModelProto, weights: Path) -> None:
    """Each weight of the graph becomes a reference by name to the file of weights."""
    with safe_open(weights, "numpy") as kept:
        names = set(kept.keys())
        for held in graph.graph.initializer:
            name = held.name.removeprefix("model.")
            if name not in names:
                continue
            same = (onnx.numpy_helper.to_array(held) == kept.get_tensor(name)).all()
            assert same, f"{name} is not what the file of weights holds"
            held.ClearField("raw_data")
            held.data_location = onnx.TensorProto.EXTERNAL
            held.external_data.add(key="location", value=weights.name)


if __name__ == "__main__":
    main()
