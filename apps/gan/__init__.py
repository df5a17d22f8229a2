"""GAN: a game of two players instead of a loss, in two numbers and between two networks."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import read_picture
from apps._inputs.upload import PictureFile


def follow_game(
    x: float, y: float, rule: str = "simultaneous", step_size: float = 0.1, steps: int = 100
) -> dict[str, Any]:
    """Follow two players of f(x, y) = x·y, one of whom lowers it by moving x, and the other raises it by moving y.

    Args:
        x: where the first begins, at most a million from 0.
        y: where the second begins, the same.
        rule: how they move: `simultaneous`, `alternating`, `extragradient` (both look a step ahead), or `penalty`
            (the second pays y²/2).
        step_size: η, above 0 and at most 1.
        steps: from 1 to 1,000.

    Returns:
        `path`: x and y at the start and after each step; `radius`: how far from (0, 0), where neither gains by moving,
        each of them is; `factor`: by how much a step multiplies that, at each step or on the average over many;
        `mean_radius`: how far the mean of all places is.
    """
    from apps.gan.game import follow_rule

    return follow_rule(x, y, rule, step_size, steps)


def describe_life(network: str = "gan.mnist") -> dict[str, Any]:
    """Describe the training of an adversarial network, from frame to frame.

    Args:
        network: an adversarial network of the zoo.

    Returns:
        `pictures`: all frames on one sheet, a WebP as a data URL, `columns` of them to a row; each is `grid` by `grid`
        pictures of `side` pixels, always of the same codes. `frames`: of each its `step`, both losses since the one
        before, the mean scores of real and generated pictures, `gradient_norm`, the mean slope of the score between
        them, and `shares`, of 1,000 samples in each of the classes `labels`, by `classifier`. `losses` and `scores`
        say what these numbers are, `round` how many updates of each network make a step.
    """
    from apps.gan.networks import tell_life

    return tell_life(network)


def sample_generator(
    network: str = "gan.mnist", seed: int = 0, truncation: float = 4.0, count: int = 24
) -> dict[str, Any]:
    """Draw samples of a generator, and let its opponent score each of them.

    Args:
        network: an adversarial network of the zoo.
        seed: from 0 to 2⁶³ − 1; the same seed gives the same samples.
        truncation: how far from 0 a number of a code may lie, from 0.1 to 4, which leaves out hardly any: less of it
            makes samples more alike.
        count: how many, at most 200.

    Returns:
        `samples`: of each its `picture`, a PNG data URL, and its `score`. `scores`: `"logit"`, whose sigmoid is the
        probability that the picture is real, or `"critic"`, a number without scale or zero.
    """
    from apps.gan.sampling import draw_samples

    return draw_samples(network, seed, truncation, count)


def score_picture(picture: PictureFile, network: str = "gan.mnist") -> dict[str, Any]:
    """Let the discriminator of an adversarial network say how real a picture looks to it.

    Args:
        picture: a picture's file.
        network: an adversarial network of the zoo.

    Returns:
        `score`, and `probability` of being real where the score is a logit; `real_score` and `fake_score`: the mean
        scores of real and of generated pictures at the end of its training; `saw`: the 28 × 28 pixels that it looked
        at, as a PNG data URL.
    """
    from apps.gan.sampling import judge_picture

    return judge_picture(read_picture(picture), network)


def compare_nearest(network: str = "gan.mnist") -> dict[str, Any]:
    """Find the training pictures that lie nearest to a generator's own, to see whether it copies.

    Args:
        network: an adversarial network of the zoo.

    Returns:
        `pairs`, closest first: of each of the 36 codes that its frames show the `picture`, a PNG data URL, the place
        `train` of the nearest picture in the training set's own order, that `train_picture`, null where the gallery's
        machine does not have the data set, and their `distance` in the features of `classifier`. `typical`: that
        distance for real test pictures, the median. `problem`: why there are no training pictures, or "".
    """
    from apps.gan.nearest import find_nearest

    return find_nearest(network)


EXHIBIT = Exhibit(
    __name__,
    title="GAN",
    claim="A min-max game has no downhill",
    lead=f"**Drag the start** of the game of two numbers: each step follows the slope, and leads away. A "
    f"{explain('generator')} and a {explain('discriminator')} play the same game: **scrub** through their life.",
    order=20,
    days=("w6d3", "w6d4", "w6d7"),
    functions=(follow_game, describe_life, sample_generator, score_picture, compare_nearest),
    shown=("game.follow_rule", "sampling.draw_codes", "sampling.judge_picture", "nearest.find_nearest"),
)
