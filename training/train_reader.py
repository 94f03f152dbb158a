"""Trains the reader: a cross-encoder over a question and a sentence, from MiniLM's weights.

    python -m training.train_reader --data DIR --out FOLDER     # about 80 minutes of two cores

Stage by stage over groups (training/reader_data.py); the loss of a group is the binary
cross-entropy of each sentence, plus the softmax cross-entropy of its answers against the
rest where the question has one. The word vectors stay as they are, so that words which
training never meets keep the place that the encoder learnt for them. ``FOLDER`` gets a
Hugging Face checkpoint after each stage; ``training/export_reader.py`` makes of one what
kqa ships. training/LOG.md tells what was tried.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from kqa.index.encoder import default_folder
from kqa.index.model_files import READER_TOKENIZER
from kqa.search.reader import prepared_tokenizer
from training import reader_data
from training.reader_data import Group

SEED = 7
PAIRS = 48
"""Sentences in one step, about: whole groups are taken."""

RATE = 5e-5
WARM_UP = 100
"""Steps."""

CHUNK = 40
"""Steps whose groups are sorted by length before they are dealt out."""

LISTWISE = 0.5
"""Weight of the softmax within a group."""

REPLAYED = 8
"""One in so many of the public questions comes again beside the project's own."""

Batch = tuple[list[tuple[str, str]], torch.Tensor, list[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--stages", nargs="+", default=["public", "own"], choices=STAGES)
    options = parser.parse_args()
    train(options.data, options.out, options.start or default_folder(), options.stages)


def train(data: Path, out: Path, start: Path, stages: Sequence[str]) -> None:
    """Runs the stages in order and writes a checkpoint after each."""
    torch.manual_seed(SEED)
    tokenizer = prepared_tokenizer(default_folder() / READER_TOKENIZER)
    tokenizer.enable_padding()
    model = AutoModelForSequenceClassification.from_pretrained(
        start, num_labels=1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model.train()
    for parameter in model.bert.embeddings.parameters():
        parameter.requires_grad_(False)
    for name in stages:
        rng = random.Random(SEED)
        groups = STAGES[name](data, rng)
        _stage(name, model, tokenizer, groups, rng)
        model.save_pretrained(out / name)
        print(f"wrote {out / name}", flush=True)


def _stage(
    name: str, model: PreTrainedModel, tokenizer: Tokenizer, groups: list[Group], rng: random.Random
) -> None:
    batches = list(_batches(groups, rng))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_then_falling(len(batches)))
    pairs = sum(len(g.texts) for g in groups)
    print(f"{name}: {len(groups)} questions, {pairs} pairs, {len(batches)} steps", flush=True)
    began, losses = time.monotonic(), list[float]()
    for step, (texts, labels, sizes) in enumerate(batches, start=1):
        loss = _loss(_logits(model, tokenizer, texts), labels, sizes)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 50 == 0 or step == len(batches):
            mean = sum(losses[-50:]) / len(losses[-50:])
            minutes = (time.monotonic() - began) / 60
            print(f"{name} {step}/{len(batches)} loss {mean:.4f} {minutes:.1f} min", flush=True)


def _logits(
    model: PreTrainedModel, tokenizer: Tokenizer, texts: list[tuple[str, str]]
) -> torch.Tensor:
    encoded = tokenizer.encode_batch(texts)
    logits: torch.Tensor = model(
        input_ids=torch.tensor([e.ids for e in encoded]),
        attention_mask=torch.tensor([e.attention_mask for e in encoded]),
        token_type_ids=torch.tensor([e.type_ids for e in encoded]),
    ).logits[:, 0]
    return logits


def _loss(logits: torch.Tensor, labels: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    each = binary_cross_entropy_with_logits(logits, labels)
    listwise = []
    for row, wanted in zip(torch.split(logits, sizes), torch.split(labels, sizes), strict=True):
        right = wanted > 0.5
        if right.any() and not right.all():
            listwise.append(-logsigmoid(row[right].logsumexp(0) - row[~right].logsumexp(0)))
    return each + LISTWISE * torch.stack(listwise).mean() if listwise else each


def _batches(groups: Sequence[Group], rng: random.Random) -> Iterator[Batch]:
    """Whole groups, near in length, in an order drawn at random."""
    order = list(groups)
    rng.shuffle(order)
    batches: list[list[Group]] = []
    held = max(1, CHUNK * PAIRS // 5)
    for at in range(0, len(order), held):
        part = sorted(order[at : at + held], key=lambda g: max(map(len, g.texts)))
        batch: list[Group] = []
        for group in part:
            if batch and sum(len(g.texts) for g in batch) + len(group.texts) > PAIRS:
                batches.append(batch)
                batch = []
            batch.append(group)
        batches.append(batch)
    rng.shuffle(batches)
    for batch in batches:
        texts = [(g.question, text) for g in batch for text in g.texts]
        labels = torch.tensor([label for g in batch for label in g.labels])
        yield texts, labels, [len(g.texts) for g in batch]


def _warm_then_falling(steps: int) -> Callable[[int], float]:
    """Up in a straight line, then down in one to a twentieth."""

    def factor(step: int) -> float:
        if step < WARM_UP:
            return (step + 1) / WARM_UP
        return max(0.05, 1 - (step - WARM_UP) / max(1, steps - WARM_UP))

    return factor


def _public(data: Path, rng: random.Random) -> list[Group]:
    sources = (reader_data.squad, reader_data.selqa, reader_data.clapnq)
    groups = [group for source in sources for group in source(data, held=False)]
    medquad = list(reader_data.medquad(data, held=False))
    groups += rng.sample(medquad, min(len(medquad), reader_data.MEDQUAD_QUESTIONS))
    return _cut(groups, rng, reader_data.NEGATIVES, reader_data.MISSPELT)


def _own(data: Path, rng: random.Random) -> list[Group]:
    """The project's own questions, and some of the public ones so that none is forgotten."""
    groups = list(reader_data.own(data, held=False))
    own = _cut(groups, rng, reader_data.OWN_NEGATIVES, reader_data.MISSPELT / 2)
    public = _public(data, rng)
    return own + rng.sample(public, len(public) // REPLAYED)


def _cut(groups: list[Group], rng: random.Random, negatives: int, misspelt: float) -> list[Group]:
    """Each group with few sentences, some of the questions misspelt."""
    far = reader_data.far_negatives(groups, rng)
    cut = [reader_data.few(g, rng, negatives, f) for g, f in zip(groups, far, strict=True)]
    return [
        replace(g, question=reader_data.misspell(g.question, rng)) if rng.random() < misspelt else g
        for g in cut
        if g.texts
    ]


STAGES: dict[str, Callable[[Path, random.Random], list[Group]]] = {"public": _public, "own": _own}


if __name__ == "__main__":
    main()
