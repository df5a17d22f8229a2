"""Generative models by hand: torch's values and gradients, diffusers' schedulers, and cases worked on paper."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from from_scratch.generative import (
    adaptive_instance_norm,
    add_noise,
    adversarial_value,
    best_discriminator,
    cosine_betas,
    ddim_step,
    evidence_lower_bound,
    gradient_penalty,
    kl_to_standard_normal,
    linear_betas,
    log_likelihood_of_pixels,
    posterior,
    predict_clean,
    remaining_signal,
    reparameterise,
)

sweep = settings(max_examples=40, deadline=None)
ALPHAS = remaining_signal(linear_betas())
LN4 = math.log(4)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)


def test_the_standard_normal_costs_nothing_and_a_shift_by_two_costs_two_nats() -> None:
    zero = torch.zeros(3)
    assert kl_to_standard_normal(zero, zero).tolist() == [0, 0, 0]
    assert kl_to_standard_normal(torch.tensor([2.0]), torch.zeros(1)).tolist() == [2]


@sweep
@given(st.integers(1, 5), st.integers(1, 9), st.sampled_from([0.1, 1.0, 4.0]), st.integers(0, 99))
def test_kl_and_its_gradient_are_torchs(count: int, dimensions: int, size: float, seed: int) -> None:
    mean = (random(count, dimensions, seed=seed) * size).requires_grad_()
    log_variance = (random(count, dimensions, seed=seed + 1) * size).requires_grad_()
    ours = kl_to_standard_normal(mean, log_variance)
    theirs = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    assert (ours >= 0).all()
    torch.testing.assert_close(ours, theirs)
    for parameter in (mean, log_variance):
        [expected] = torch.autograd.grad(theirs.sum(), parameter, retain_graph=True)
        torch.testing.assert_close(torch.autograd.grad(ours.sum(), parameter, retain_graph=True)[0], expected)


def test_a_sample_is_torchs_and_its_gradients_are_one_and_the_noise() -> None:
    mean, deviation, noise = random(4, 3).requires_grad_(), random(4, 3, seed=1).exp().requires_grad_(), random(4, 3)
    sample = reparameterise(mean, 2 * deviation.log(), noise)
    for_mean, for_deviation = torch.autograd.grad(sample.sum(), (mean, deviation))
    assert torch.equal(for_mean, torch.ones_like(mean))
    torch.testing.assert_close(for_deviation, noise)
    many = reparameterise(torch.tensor(3.0), torch.tensor(2 * math.log(2)), random(100_000))
    assert float(many.mean()) == pytest.approx(3, abs=0.03)
    assert float(many.std()) == pytest.approx(2, abs=0.03)


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_the_bound_is_torchs_likelihood_minus_its_kl(beta: float) -> None:
    logits, x = random(5, 1, 4, 4) * 20, torch.rand(5, 1, 4, 4, dtype=torch.float64).round()
    mean, log_variance = random(5, 3), random(5, 3, seed=1)
    likelihood = Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(log_likelihood_of_pixels(logits, x), likelihood)
    grey = torch.rand(5, 1, 4, 4, dtype=torch.float64)
    expected = -F.binary_cross_entropy_with_logits(logits, grey, reduction="none").sum((1, 2, 3))
    torch.testing.assert_close(log_likelihood_of_pixels(logits, grey), expected)
    kl = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(evidence_lower_bound(logits, x, mean, log_variance, beta), likelihood - beta * kl)


def test_the_bound_lies_below_the_evidence_and_meets_it_at_the_posterior() -> None:
    # p(z) = N(0, 1), p(x|z) = N(z, 1): the posterior of z is N(x/2, 1/2), and x is N(0, 2).
    x, noise = 1.3, random(200_000)
    evidence = float(Normal(0.0, math.sqrt(2)).log_prob(torch.tensor(x)))

    def bound(mean: float, variance: float) -> float:
        mu, log_variance = torch.tensor(mean), torch.tensor(math.log(variance))
        z = reparameterise(mu, log_variance, noise)
        return float(Normal(z, 1.0).log_prob(torch.tensor(x)).mean() - kl_to_standard_normal(mu, log_variance))

    assert bound(x / 2, 0.5) == pytest.approx(evidence, abs=0.01)
    assert bound(x / 2 + 1, 0.5) < evidence - 0.5
    assert bound(x / 2, 0.1) < evidence - 0.2


@sweep
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=8))
def test_the_value_at_the_best_discriminator_is_twice_js_minus_ln_4(weights: list[tuple[int, int]]) -> None:
    real, fake = torch.tensor(weights, dtype=torch.float64).add(1e-9).T
    real, fake = real / real.sum(), fake / fake.sum()
    middle = (real + fake) / 2
    js = (F.kl_div(middle.log(), real, reduction="sum") + F.kl_div(middle.log(), fake, reduction="sum")) / 2
    best = best_discriminator(real, fake)
    assert float(adversarial_value(real, fake, best)) == pytest.approx(float(2 * js) - LN4, abs=1e-6)
    for other in (best * 0.9, best * 0.9 + 0.05):
        assert adversarial_value(real, fake, other) <= adversarial_value(real, fake, best) + 1e-12


def test_the_value_is_minus_ln_4_where_both_agree_and_0_where_they_never_meet() -> None:
    same, apart = torch.tensor([0.25, 0.75, 0.0]), torch.tensor([0.0, 0.0, 1.0])
    assert best_discriminator(same, same).tolist() == [0.5, 0.5, 0.5]
    assert float(adversarial_value(same, same, best_discriminator(same, same))) == pytest.approx(-1.386294, abs=1e-6)
    assert float(adversarial_value(same, apart, best_discriminator(same, apart))) == 0


def test_the_penalty_of_a_slope_by_hand_and_its_gradient() -> None:
    # A linear critic has the slope (3, 4), of length 5, everywhere: (5 - 1)² = 16, which falls by 8·(3, 4)/5.
    slope = torch.tensor([3.0, 4.0], requires_grad=True)
    penalty = gradient_penalty(lambda x: x @ slope, torch.randn(6, 2), torch.randn(6, 2), torch.rand(6))
    assert float(penalty.detach()) == pytest.approx(16)
    [gradient] = torch.autograd.grad(penalty, slope)
    torch.testing.assert_close(gradient, torch.tensor([4.8, 6.4]))


def test_the_penalty_is_that_of_finite_differences_between_real_and_fake() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    real, fake, places = random(3, 1, 2, 2), random(3, 1, 2, 2, seed=1), torch.tensor([0.0, 0.3, 1.0]).double()
    between = places.view(3, 1, 1, 1) * real + (1 - places.view(3, 1, 1, 1)) * fake
    slopes = torch.zeros(3, 4, dtype=torch.float64)
    with torch.no_grad():
        for pixel in range(4):
            step = torch.zeros(4, dtype=torch.float64)
            step[pixel] = 1e-5
            up, down = (critic(between + sign * step.view(1, 1, 2, 2)).squeeze(1) for sign in (1, -1))
            slopes[:, pixel] = (up - down) / 2e-5
    expected = (slopes.norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(gradient_penalty(critic, real, fake, places), expected, rtol=1e-7, atol=0)


def test_a_style_is_torchs_instance_norm_with_its_own_numbers() -> None:
    x, scale, shift = random(2, 3, 5, 4).requires_grad_(), random(2, 3), random(2, 3, seed=1)
    ours = adaptive_instance_norm(x, scale, shift)
    theirs = scale[..., None, None] * F.instance_norm(x) + shift[..., None, None]
    torch.testing.assert_close(ours, theirs)
    gradient = random(2, 3, 5, 4, seed=2)
    torch.testing.assert_close(torch.autograd.grad(ours, x, gradient), torch.autograd.grad(theirs, x, gradient))
    torch.testing.assert_close(ours.mean((2, 3)), shift)


def test_the_linear_schedule_leaves_four_hundred_thousandths() -> None:
    assert float(ALPHAS[-1]) == pytest.approx(4.036e-5, rel=1e-3)
    assert float(ALPHAS[0]) == 1 - 1e-4


@pytest.mark.parametrize(("name", "betas"), [("linear", linear_betas()), ("squaredcos_cap_v2", cosine_betas())])
def test_schedules_are_diffusers(name: str, betas: Tensor) -> None:
    scheduler = DDPMScheduler(1000, beta_schedule=name)
    torch.testing.assert_close(betas.float(), scheduler.betas, rtol=1e-5, atol=2e-7)
    torch.testing.assert_close(remaining_signal(betas).float(), scheduler.alphas_cumprod, rtol=2e-3, atol=1e-9)


@pytest.mark.parametrize("t", [0, 1, 500, 999])
def test_noising_the_posterior_and_a_step_are_diffusers(t: int) -> None:
    scheduler = DDPMScheduler(1000, clip_sample=False)
    clean, noise = random(2, 1, 4, 4), random(2, 1, 4, 4, seed=1)
    x_t = add_noise(clean, noise, t, ALPHAS)
    theirs = scheduler.add_noise(clean, noise, torch.full((2,), t))
    torch.testing.assert_close(x_t, theirs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(predict_clean(x_t, noise, t, ALPHAS), clean)

    # diffusers' step is this mean and a draw with this variance, given the noise that leads to `clean`.
    mean, variance = posterior(clean, x_t, t, linear_betas())
    step = scheduler.step(noise, t, x_t, generator=torch.Generator().manual_seed(3)).prev_sample
    fresh = torch.randn(x_t.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    torch.testing.assert_close(step, mean + variance.sqrt() * fresh * (t > 0), rtol=1e-4, atol=1e-5)
    if t:
        assert float(variance) == pytest.approx(float(scheduler._get_variance(t)), rel=2e-3)
    else:
        torch.testing.assert_close(mean, clean)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_ddim_step_over_twenty_steps_is_diffusers(eta: float) -> None:
    scheduler = DDIMScheduler(1000, clip_sample=False, set_alpha_to_one=True)
    scheduler.set_timesteps(50)
    x_t, noise, fresh = random(2, 3), random(2, 3, seed=1), random(2, 3, seed=2)
    for t, before in ((980, 960), (20, 0), (0, -20)):
        theirs = scheduler.step(noise, t, x_t, eta=eta, variance_noise=fresh if eta else None).prev_sample
        ours = ddim_step(x_t, noise, t, max(before, -1), ALPHAS, eta, fresh)
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@sweep
@given(st.integers(1, 999), st.integers(0, 99))
def test_eta_one_between_neighbours_is_the_ddpm_posterior(t: int, seed: int) -> None:
    clean, noise, fresh = (random(3, seed=seed + offset) for offset in range(3))
    x_t = add_noise(clean, noise, t, ALPHAS)
    mean, variance = posterior(clean, x_t, t, linear_betas())
    torch.testing.assert_close(ddim_step(x_t, noise, t, t - 1, ALPHAS, 1.0, fresh), mean + variance.sqrt() * fresh)


def test_steps_without_fresh_noise_find_the_clean_picture_by_any_way() -> None:
    clean, noise = random(2, 3), random(2, 3, seed=1)
    for way in ([999, -1], [999, 500, 3, -1], [*range(999, -2, -1)]):
        x = add_noise(clean, noise, 999, ALPHAS)
        for t, before in itertools.pairwise(way):
            x = ddim_step(x, noise, t, before, ALPHAS)
        torch.testing.assert_close(x, clean, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("t", "before", "eta"), [(5, 5, 0.0), (5, 9, 0.0), (5, -2, 0.0), (5, 4, 1.0)])
def test_a_step_that_makes_no_sense_is_refused(t: int, before: int, eta: float) -> None:
    with pytest.raises(ValueError):
        ddim_step(random(2), random(2), t, before, ALPHAS, eta)
