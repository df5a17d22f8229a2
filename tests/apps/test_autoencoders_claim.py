"""What the tab claims, measured on the releases that the repository carries."""

from __future__ import annotations

import zoo
from apps._networks.shares import estimate_difference
from apps.autoencoders import measure_holes
from apps.autoencoders.opening import AUTOENCODER, VAE, describe_costs, describe_measured

BY_PRICE = ("vae-beta0_25.mnist", VAE, "vae-beta4.mnist")


def test_the_free_code_leaves_more_holes() -> None:
    free, paid = measure_holes(AUTOENCODER), measure_holes(VAE)
    print(f"{free['sure']} of {free['codes']} free codes are digits, {paid['sure']} of those that are paid for")
    interval = estimate_difference(paid["sure"], paid["codes"], free["sure"], free["codes"])
    assert interval["low"] > 0


def test_the_dearer_a_nat_the_less_a_code_says() -> None:
    means = [describe_costs(zoo.describe(name))["kl"] for name in BY_PRICE if name in zoo.names()]
    assert means == sorted(means, reverse=True)


def test_a_vae_with_room_to_spare_leaves_numbers_unused() -> None:
    measured = describe_measured()
    assert measured is None or 2 < measured["used"] < len(measured["kl"])
