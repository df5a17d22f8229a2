"""Short definitions of key words, which the page shows on hover, focus and tap."""

from __future__ import annotations

import html

TERMS: dict[str, str] = {
    "accuracy": "The share of test pictures whose most probable answer is the right one.",
    "activation": "A value that a layer computes of the picture; a weight is learned and stays the same.",
    "AdaIN": "Adaptive instance normalisation: gives a channel the mean and deviation that a style asks for.",
    "attention": "A weighted mean over all tokens; the weights come from comparing queries with keys.",
    "attribution": "A number for every pixel: how much it counts for the score of one class.",
    "autoencoder": "Two networks: one squeezes a picture into a few numbers, the other draws it again from them.",
    "baseline": "The picture with nothing in it (black, grey or blurred) that a picture is compared with.",
    "batch norm": "Shifts and scales each channel by its mean and deviation over the training pictures.",
    "bias": "A learned number that is added to a sum.",
    "block": "A few layers that belong together, repeated one after the other.",
    "channel": "One of a layer's maps: what one kernel makes of its input.",
    "class token": "An extra token that belongs to no patch; the classifier reads its last values alone.",
    "code": "The random numbers, drawn from N(0, 1), that a generator makes a picture of.",
    "confidence interval": "The range in which the true share lies in 95 of 100 such measurements.",
    "convolution": "The same small kernel, multiplied and added up at every place of its input.",
    "critic": "A network that gives a picture any number, not a probability; its slope is bounded.",
    "denoiser": "A network that is shown a picture with noise, and says what it takes for the picture.",
    "discriminator": "The network of a GAN that says how probable it is that a picture is real: D.",
    "embedding": "The list of numbers by which a network represents a picture, a patch or a word.",
    "epoch": "One pass through all training pictures.",
    "feature map": "What a channel answers at every place of the picture, as a picture.",
    "fine-tuning": "Training a network further that was trained on something else before.",
    "generator": "The network of a GAN that makes pictures of random numbers: G. It sees no real ones.",
    "gradient": "How fast a score changes with each number that it depends on.",
    "guidance": "How far the answer for the asked class is exaggerated, against that for any class.",
    "head": "One of several attentions of a block, each with queries, keys and values of its own.",
    "Jensen–Shannon divergence": "How unlike two distributions are, place by place, in nats: from 0 to ln 2.",
    "kernel": "The small square of learned weights that a convolution slides over its input.",
    "KL divergence": "How far one distribution is from another, in nats; 0 where they are the same.",
    "layer": "One step of a network's computation.",
    "loss": "What training makes small: how improbable the network finds the right answers.",
    "multiply-add": "One product and its addition to a sum: the unit in which a network's work is counted.",
    "nat": "Unit of information with the natural logarithm; 1 nat is 1.44 bits.",
    "normalisation": "Shifting and scaling values to mean 0 and deviation 1.",
    "padding": "Zeros around the input, so that the kernel may stand at its edge.",
    "parameter": "A number that training learns: a weight or a bias.",
    "patch": "A small square of the picture; a vision transformer reads each as one token.",
    "pooling": "Keeps the largest value, or the mean, of every small window.",
    "posterior": "The Gaussian over codes into which a VAE encodes one picture: its guess, and how unsure it is.",
    "principal component": "The direction in which points differ most; the next lies at right angles to it.",
    "probability": "A share from 0 to 1; softmax makes them of scores, so that they add up to 1.",
    "receptive field": "The part of the picture that can change a value.",
    "ReLU": "Lets positive values pass and makes 0 of negative ones.",
    "rollout": "How much of each patch can have reached a token, over attention and shortcuts of all blocks so far.",
    "score": "The number that a network gives a class before softmax; also called logit.",
    "shortcut": "A way around a block, which adds the block's input to its output.",
    "softmax": "Turns scores into probabilities: e to the score, divided by the sum over all classes.",
    "stride": "By how many pixels the kernel moves from one place to the next.",
    "style": "A mean and a deviation for every channel of a layer, made of w, which is made of a code.",
    "token": "A list of numbers that stands for a patch or a word on its way through a transformer.",
    "transformer": "A network of attention and linear layers, whose tokens all see each other.",
    "truncation": "Moving w towards the mean of all w: ψ = 1 leaves it, 0 makes it the mean, below 0 its opposite.",
    "VAE": "Variational autoencoder: codes a picture as a Gaussian, and pays for what that says of the picture.",
    "Wasserstein distance": "The least work that makes one pile of sand into the other: amount times way.",
    "weight": "A learned number by which a value is multiplied.",
}
"""One sentence each, at most 110 characters."""


def explain(term: str, text: str = "") -> str:
    """HTML, also for Markdown: a key word that shows its definition; `text` is how it stands in the sentence.

    Raises:
        KeyError: it has no definition.
    """
    if term not in TERMS:
        raise KeyError(term)
    return f'<dfn tabindex="0" data-term="{html.escape(term)}">{html.escape(text or term)}</dfn>'
