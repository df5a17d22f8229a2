"""Transfer: how few pictures a network needs that has learnt to look, and a head taught on your own."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._inputs import read_picture
from apps._inputs.upload import PictureFile, PictureFiles


def compare_methods(pictures: int = 50, augmented: bool = False) -> dict[str, Any]:
    """Compare learning from scratch, on a frozen backbone and by fine-tuning, as the transfer study measured them.

    Args:
        pictures: how many of each class there were to learn from: 10, 50, 100 or 500.
        augmented: whether they were also shifted, mirrored and partly blanked.

    Returns:
        `methods`: each one's `accuracies` on the 2,000 test pictures of cats and dogs, seed by seed, as fractions,
        their `mean` and `deviation`. `gain`: the mean of fine-tuned − scratch over the `pairs` of equal seeds, with its
        95 % confidence interval from `low` to `high` (paired t-test).
    """
    from apps.transfer.study import compare_setting, parse_results, read_results

    return compare_setting(parse_results(read_results()), pictures, augmented)


def teach_head(
    first_pictures: PictureFiles,
    second_pictures: PictureFiles,
    first_name: str,
    second_name: str,
    augment: bool = False,
) -> dict[str, Any]:
    """Teach two new classes to a network that never changes: train a linear layer on its features of a few pictures.

    Args:
        first_pictures: 1 to 50 picture files of the first class.
        second_pictures: the same of the second.
        first_name: what the first class is called.
        second_name: what the second is called.
        augment: whether each picture is shown in four versions: as it is, mirrored, and both shifted.

    Returns:
        `head`: the taught layer as plain numbers, for `classify_with_head`; nothing of it is kept here. `losses`: after
        each step. `scores`: after each step, of each picture how much more the second class is meant, so that the
        boundary lies at 0. `rest`: of each picture its place along what else the features differ in most. `left_out`:
        how many of the `pictures` were `right` when each was left out of the teaching once, and the 95 % interval of
        that share from `low` to `high`; None where a class has a single picture.
    """
    from apps.transfer.lesson import read_lesson, teach_lesson

    return teach_lesson(read_lesson(first_pictures, second_pictures, first_name, second_name), augment)


def classify_with_head(picture: PictureFile, head: dict[str, Any]) -> dict[str, Any]:
    """Classify a picture with a head that was taught before, and ask the network itself as well.

    Args:
        picture: a picture's file.
        head: what `teach_head` returned under that name.

    Returns:
        `answers`: the two names with their probabilities. `place`: its score for the second class and its place along
        the rest, as those of `teach_head`. `says`: the three most probable of the `words` that the `network` itself
        was trained on. `saw`: the pixels that it saw, a PNG as a data URL.
    """
    from apps.transfer.head import classify_picture

    return classify_picture(read_picture(picture), head)


EXHIBIT = Exhibit(
    __name__,
    title="Transfer",
    claim="A network that has learnt to look needs few pictures",
    lead="It knows neither cats nor cups, and twelve pictures teach it both: **move along the loss** and see them "
    "part. Then **teach it two things of your own**.",
    order=37,
    days=("w2d6",),
    functions=(compare_methods, teach_head, classify_with_head),
    fetching=(teach_head,),
    shown=(
        "study.compare_pairs", "backbone.compute_features", "lesson.teach_lesson", "lesson.fit_layer",
        "lesson.find_rest_axis",
    ),
)  # fmt: skip
