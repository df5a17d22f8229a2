"""What `classify_image` returns, as API clients are told of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import WithJsonSchema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "networks": {
            "type": "array",
            "description": "one for each network that was asked",
            "items": {
                "type": "object",
                "properties": {
                    "network": {"type": "string", "description": "the release, like lenet.mnist@v2"},
                    "answers": {
                        "type": "array",
                        "description": "every label, most probable first; the probabilities add up to 1",
                        "items": {
                            "type": "object",
                            "properties": {
                                "label": {"type": "string"},
                                "score": {"type": "number", "description": "before softmax, as the network gave it"},
                                "probability": {"type": "number"},
                                "place": {"type": "integer", "description": "in the network's own list, from 0"},
                            },
                        },
                    },
                    "macs": {"type": "integer", "description": "multiply-adds of one forward pass of one picture"},
                    "milliseconds": {
                        "type": "number",
                        "description": "the fastest forward pass so far of this network here, of at least five",
                    },
                    "saw": {"type": "string", "description": "what the network was given, as a PNG data URL"},
                    "size": {
                        "type": "array",
                        "items": {"type": "integer"},
                        "description": "height, width and channels of what it was given",
                    },
                    "metric": {"type": "object", "description": "how the release did on its test set"},
                    "knows": {"type": "string", "description": "the labels that it chooses from, as a sentence"},
                },
            },
        },
        "remarks": {
            "type": "array",
            "items": {"type": "string"},
            "description": "sentences on agreement and doubt",
        },
    },
}

Classification = Annotated[dict[str, Any], WithJsonSchema(SCHEMA)]
