"""CycleGAN: from one kind of picture to another and back, and what the picture between carries unseen."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs.upload import PictureFile


def cycle_picture(
    picture: PictureFile, network: str = "cyclegan.daisy2sunflower", kind: str = "", disturbance: str = "bits"
) -> dict[str, Any]:
    """Make a picture into the other kind and back, while what lies between is disturbed in eight steps.

    Args:
        picture: a picture's file; its middle square is looked at.
        network: a translator of the zoo between two kinds of picture.
        kind: which of its two kinds the picture is taken for; empty is the first.
        disturbance: what happens to the picture between: "bits" (of each value 8 bits are kept, down to 1), "noise"
            (Gaussian, its deviation in 255ths), "blur" (Gaussian, its deviation in pixels) or "jpeg" (by quality).

    Returns:
        `input`: the picture as the network takes it, a PNG as a data URL. `pictures`: another, of two rows: what lay
        between at each step, and what the way back made of it, each `side` pixels wide. `steps`: of each its number
        `step`, its `name`, and four means over all values in 0..1: `middle_change` and `back_change`, by how much both
        pictures differ from those of the first step, where nothing happens; `plain_change`, the latter for drawn
        flowers of the `other` kind, in which nothing was hidden; and `cycle_error`, how far the way back is from
        `input`.
    """
    from apps.cyclegan.cycles import disturb_cycle

    return disturb_cycle(picture, network, kind, disturbance)


def translate_picture(picture: PictureFile, network: str = "cyclegan.daisy2sunflower") -> dict[str, Any]:
    """Let both generators of a translator have a picture: what is of a generator's own kind, it should leave alone.

    Args:
        picture: a picture's file; its middle square is looked at.
        network: a translator of the zoo between two kinds of picture.

    Returns:
        `input`: the picture as the network takes it, a PNG as a data URL. `ways`: for each of its two kinds, `kind`,
        the `picture` made into that kind, and the mean `change` of a value in 0..1.
    """
    from apps.cyclegan.flowers import show_both_ways

    return show_both_ways(picture, network)


def describe_translations(network: str = "cyclegan.daisy2sunflower") -> dict[str, Any]:
    """Say what a classifier takes the translated test photographs for, and show drawn flowers that went right or wrong.

    Args:
        network: a translator of the zoo between two kinds of picture.

    Returns:
        `samples` photographs of each kind of the test set `data`; `classifier_accuracy`, how often the classifier is
        right about the untouched ones. `ways`, there and back, each of a `kind` made into the `other`: `taken`, the
        share that it takes for the other, `untranslated`, the same of those as they are, `probabilities` of the
        other, one for each photograph, `cycle_error`, a mean over values in 0..1; and `drawn`: the best and the worst
        of so many `judged` drawn flowers by the mean score of the network's own discriminator. `smuggling`: the cycle
        error where the picture between is kept in so many `bits`.
    """
    from apps.cyclegan.flowers import tell_verdict

    return tell_verdict(network)


def describe_translator_life(network: str = "cyclegan.daisy2sunflower") -> dict[str, Any]:
    """Describe the training of a translator, from frame to frame.

    Args:
        network: a translator of the zoo between two kinds of picture.

    Returns:
        `pictures`: all frames on one sheet, a WebP as a data URL, `columns` of them to a row; a frame is four rows of
        `grid` pictures of `side` pixels: drawn flowers of the first kind as the second, and as the first again; of the
        second as the first, and as the second again. `drawn`: the flowers themselves, two rows. `frames`: of each its
        `step`, and since the one before the mean losses of generators and discriminators, `cycle_loss` and
        `identity_loss`.
    """
    from apps.cyclegan.flowers import tell_translator_life

    return tell_translator_life(network)


EXHIBIT = Exhibit(
    __name__,
    title="CycleGAN",
    claim="A perfect cycle can be smuggled",
    lead=f"A {explain('CycleGAN')} makes a daisy into a sunflower, and back into the same daisy. **Drag away bits** of "
    "the sunflower, fewer than you miss: does the way back still find its daisy?",
    order=34,
    days=("w6d5",),
    functions=(cycle_picture, translate_picture, describe_translations, describe_translator_life),
    shown=("cycles.disturb_cycle", "cycles.keep_bits", "networks.make_other", "flowers.rank_flowers"),
)
