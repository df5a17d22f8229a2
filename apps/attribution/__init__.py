"""Attribution: which pixels an answer rests on, told by four methods that do not mean the same."""

from __future__ import annotations

from typing import Any

from apps import _networks
from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs.upload import PictureFile


def attribute_pixels(
    picture: PictureFile, network: str, method: str, label: str = "", steps: int = 64, baseline: str = "black"
) -> dict[str, Any]:
    """Share a classifier's score for one class out among the pixels of a picture, by one of four methods.

    Args:
        picture: a picture's file.
        network: a classifier of pictures, like "resnet18.cifar10", or one of torchvision's, like "resnet50.imagenet",
            which is fetched first where it is not here.
        method: "saliency", "integrated gradients", "grad-cam" or "occlusion".
        label: the class in question, one of the network's labels; empty is the network's own answer.
        steps: how many gradients integrated gradients may take, 1 to 256; the others take no notice.
        baseline: what stands for "nothing there" in integrated gradients and occlusion: "black", "mean" (the colour
            that all training pictures have on average) or "blurred".

    Returns:
        `values`: base64 of the map, float32 little-endian, row by row, `size` [rows, columns]; `signed`: whether they
        speak against as well as for; `scale`: the 99 % quantile of their absolute values; `detail`: how they were made.
        `input`: what the network saw, a PNG as a data URL. `answers`: the five most probable labels, and the one in
        question, with probability and score. For integrated gradients `completeness`: the class's score (logit) f(x)
        and f(baseline), their difference, the sum of all attributions, the relative `error` left, whether that is
        `enough`, and a `remark` in words; and `path`, the scores of the pictures between baseline (alpha 0) and picture
        (alpha 1).
    """
    from apps._networks.answers import rank_answers
    from apps._networks.subject import find_subject
    from apps.attribution import choices, integrated, maps, methods

    method, steps, baseline = choices.check_settings(method, steps, baseline)
    subject = find_subject(picture, _networks.describe_classifier(network))
    target = methods.find_class(subject, label)
    found = methods.find_map(subject, target, method, steps, baseline, again=True)
    return {
        "network": subject.network.reference,
        "key": subject.key,
        "method": method,
        "label": subject.model.labels[target],
        "size": list(subject.x.shape[2:]),
        "input": subject.picture,
        "answers": rank_answers(subject.model.labels, subject.scores, target),
        "signed": choices.METHODS[method].signed,
        "detail": found.detail,
        **maps.encode_map(found.values),
        "completeness": integrated.describe_completeness(found.completeness) if found.completeness else None,
        "path": found.path,
    }


def delete_pixels(
    picture: PictureFile, network: str, method: str, label: str = "", steps: int = 64, baseline: str = "black"
) -> dict[str, Any]:
    """Delete a picture's pixels in the order of a map, and as many in random orders, and watch the class's probability.

    A map that ranks first what the class needs loses it sooner than random orders do: the deletion curve of Petsiuk,
    Das and Saenko (2018, https://arxiv.org/abs/1806.07421, section 4.1). Insertion begins at the baseline and adds.

    Args:
        picture: a picture's file.
        network: a classifier of pictures, like "resnet18.cifar10", or one of torchvision's, like "resnet50.imagenet".
        method: whose map ranks the pixels: "saliency", "integrated gradients", "grad-cam" or "occlusion".
        label: the class in question, one of the network's labels; empty is the network's own answer.
        steps: how many gradients integrated gradients may take, 1 to 256; the others take no notice.
        baseline: what takes the place of a deleted pixel: "black", "mean" (the colour that all training pictures have
            on average) or "blurred"; the map of integrated gradients and of occlusion starts from it too.

    Returns:
        `counts`: how many pixels have gone, from none to all in 20 steps. The class's probability at each: `deletion`,
        from the picture to the baseline, `insertion`, from the baseline to the picture, both in the map's order, the
        largest value first, and `random`, five curves of deletion in random orders, which read backwards are insertion.
        `areas` under them over the share of pixels: `deletion`, `insertion`, `random` (five), `random_mean` and
        `random_std`. `verdicts`: `deletion` and `insertion` in words. `order`: base64 of the first random order,
        uint32 little-endian, pixels row by row. `baseline`: what all pixels become, a PNG as a data URL.
    """
    import base64

    from apps._inputs.urls import write_png_url
    from apps._networks.subject import find_subject
    from apps.attribution import choices, deletion, methods

    method, steps, baseline = choices.check_settings(method, steps, baseline)
    subject = find_subject(picture, _networks.describe_classifier(network))
    target = methods.find_class(subject, label)
    start = methods.make_baseline(subject.x, baseline, subject.model.preprocess)
    found = methods.find_map(subject, target, method, steps, baseline, again=False)
    curves = deletion.find_curves(subject, start, target, baseline, deletion.rank_pixels(found.values))
    return {
        "network": subject.network.reference,
        "key": subject.key,
        "method": method,
        "label": subject.model.labels[target],
        "size": list(subject.x.shape[2:]),
        **deletion.describe_curves(curves),
        "order": base64.b64encode(curves.order.astype("<u4").tobytes()).decode(),
        "baseline": write_png_url(subject.model.preprocess.picture(start[0])),
    }


def randomise_layers(picture: PictureFile, network: str, method: str, label: str = "") -> dict[str, Any]:
    """Make a classifier forget what it learnt, from its last layer down, and compare the maps: the sanity check.

    A copy of the network loses one stage after the other: all its weights change places at random, so that their sizes
    stay what training made them. Always the same seed.

    Args:
        picture: a picture's file.
        network: a classifier of pictures, like "resnet18.cifar10".
        method: "saliency", "integrated gradients" (with 16 steps from black), "grad-cam" or "occlusion".
        label: the class in question, one of the network's labels; empty is the network's own answer.

    Returns:
        `stages`: as trained, then one stage more each, down to the first layer, with its `name`, the map (`values` and
        `scale` as `attribute_pixels` returns them), `correlation`, Spearman's rank correlation of its absolute values
        with those of the first map (null where a map is flat), `signed_correlation`, that of the values themselves, and
        the class's `probability`. `fell_apart`: whether |correlation| is 0.5 at most when nothing learnt is left, and
        `verdict`, the same in words.
    """
    from apps._networks.subject import find_subject
    from apps.attribution import choices, maps, methods, sanity

    method = choices.check_method(method)
    subject = find_subject(picture, _networks.describe_classifier(network))
    target = methods.find_class(subject, label)
    randomised = sanity.randomise_stages(subject.model, subject.x, target, method)
    stages = [stage | maps.encode_map(stage["values"]) for stage in randomised]
    last = stages[-1]["correlation"]
    return {
        "network": subject.network.reference,
        "key": subject.key,
        "method": method,
        "label": subject.model.labels[target],
        "size": list(subject.x.shape[2:]),
        "signed": choices.METHODS[method].signed,
        "stages": stages,
        "fell_apart": last is None or abs(last) <= sanity.APART,
        "verdict": sanity.write_verdict(last),
    }


EXHIBIT = Exhibit(
    __name__,
    title="Attribution",
    claim="An explanation can be worse than chance",
    lead=f"An {explain('attribution', 'attribution map')} ranks pixels by what they count. **Slide, and the first "
    f"go**: if the map is right, the {explain('probability')} falls sooner than at random.",
    order=35,
    group="Attention",
    days=("w2d7", "w5d7"),
    functions=(attribute_pixels, delete_pixels, randomise_layers),
    fetching=(attribute_pixels, delete_pixels, randomise_layers),
    shown=(
        "deletion.compute_curves",
        "deletion.replace_pixels",
        "methods.compute_slopes",
        "integrated.integrate_gradients",
        "methods.weigh_last_maps",
        "methods.cover_windows",
        "sanity.randomise_stages",
        "sanity.shuffle_weights",
    ),
)
