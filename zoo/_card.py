"""The model card: front matter that the Hub reads, and prose with every figure taken from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_USE = {
    "image-classification": "scores = model(model.preprocess(picture)[None]).softmax(-1)",
    "image-to-image": "reconstruction = model(model.preprocess(picture)[None]).sigmoid()",
    "unconditional-image-generation": "import torch\npictures = model(torch.randn(16, model.code))  # in 0..1",
    "ddpm": """import torch
from zoo.architectures.ddpm import finish, sample
pictures = finish(sample(model, torch.randn(10, 1, 28, 28), torch.arange(10)))  # a picture of each class, uint8""",
}
"""The lines that use a model, by its architecture or else its task."""
_EVERY_PICTURE = """\
Measured as the lines below use it: the weights as stored, in float32, every test picture through `preprocess`."""
_MEASURED = {
    "unconditional-image-generation": """\
Measured as the lines below use it: the weights as stored, in float32, its pictures rounded to 256 greys."""
}
"""How a model's figures were taken, by its task."""


def write_card(config: Mapping[str, Any], prose: str) -> str:
    """`README.md` of a release, after the Hub's model card specification; `prose` is the card's own Markdown."""
    from huggingface_hub import EvalResult, ModelCardData

    dataset, recipe = config["dataset"], config["recipe"]
    data = ModelCardData(
        language="en",
        license="apache-2.0",
        library_name="tenweeks",
        pipeline_tag=config["task"],
        tags=["tenweeks", "pytorch", config["architecture"]],
        datasets=[dataset["name"]],
        metrics=sorted({metric["name"] for metric in config["metrics"]}),
        model_name=config["name"],
        eval_results=[
            EvalResult(
                task_type=config["task"],
                dataset_type=metric["dataset"],
                dataset_name=dataset["title"],
                dataset_split=metric["split"],
                metric_type=metric["name"],
                metric_value=metric["value"],
            )
            for metric in config["metrics"]
        ],
    )
    reference = f"{config['name']}@{config['version']}"
    figures = [
        *(
            (
                f"{metric['name']} on {metric['dataset']}, {metric['split']} split, n = {metric['samples']:,}",
                format_metric(metric),
            )
            for metric in config["metrics"]
        ),
        ("parameters", f"{config['parameters']:,}"),
        ("multiply-adds per picture", f"{config['macs']:,}"),
        ("weights stored as", config["weights"]),
    ]
    table = "\n".join(f"| {label} | {value} |" for label, value in figures)
    packages = ", ".join(f"{name} {version}" for name, version in recipe["packages"].items())
    digests = "\n".join(f"- {split}: `{digest}`" for split, digest in recipe["data"]["digests"].items())
    return f"""---
{data.to_yaml()}
---

# {reference}

{prose.strip()}

## Figures

| | |
|---|---|
{table}

{_MEASURED.get(config["task"], _EVERY_PICTURE)} They are
what the training ended with; no checkpoint was picked by its test accuracy.

## Use

```python
import zoo
model = zoo.load("{reference}")
{_USE.get(config["architecture"], _USE[config["task"]])}
```

## How it was made

```
{recipe["command"]}
```

Seed {recipe["seed"]}, {recipe["epochs"]} epochs, {recipe["minutes"]} minutes on {recipe["hardware"]}
({recipe["processes"]} process{"es" if recipe["processes"] > 1 else ""}, precision {recipe["precision"]};
Python {recipe["python"]}, {packages}).

## Data

[{dataset["title"]}]({dataset["source"]}); licence: {dataset["licence"]}. No picture of it is in this repository.
SHA-256 of each split, raw pixels in order followed by one byte per label:

{digests}
"""


def format_metric(metric: Mapping[str, Any]) -> str:
    """A metric's value as a person reads it: accuracies in per cent, to the hundredth."""
    return f"{metric['value'] * 100:.2f} %" if metric["name"] == "accuracy" else f"{metric['value']:.4g}"
