"""What recipes of adversarial networks share: which steps have a frame, sheets, averages, slopes, step sizes, pools."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from from_scratch.generative import adaptive_instance_norm
from training import _adversarial, _data, cyclegan, stylegan


def test_frames_come_at_quarter_octaves_and_at_the_end() -> None:
    assert _adversarial.list_frame_steps(33) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16, 19, 23, 27, 32, 33]
    assert _adversarial.list_frame_steps(1) == [0, 1]
    steps = _adversarial.list_frame_steps(20_000)
    assert steps[-3:] == [13777, 16384, 19484, 20_000][-3:]
    assert len(steps) == len(set(steps)) < 64


def test_a_sheet_has_its_pictures_row_by_row() -> None:
    pictures = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1).expand(5, 1, 2, 3) * 50
    sheet = _adversarial.lay_out(pictures, 2)
    assert sheet.shape == (1, 6, 6)
    assert sheet[0, ::2, ::3].tolist() == [[0, 50], [100, 150], [200, 0]]
    back = np.array(Image.open(io.BytesIO(_adversarial.encode(sheet, "PNG"))))
    assert np.array_equal(back, sheet[0].numpy())
    assert _adversarial.to_pixels(torch.tensor([[-1.0, 0.5, 2.0, torch.nan]])).tolist() == [[0, 128, 255, 0]]


def test_only_the_generators_weights_are_averaged_and_early_averages_follow() -> None:
    torch.manual_seed(0)
    average, network = (zoo.create("dcgan", width=4, code=8) for _ in range(2))
    before = {key: value.clone() for key, value in average.state_dict().items()}
    _adversarial.update_average(average, network, 0.999, step=90)
    for key, value in network.state_dict().items():
        share = 0.09 if key.startswith("generator") and value.is_floating_point() else 1.0
        torch.testing.assert_close(
            average.state_dict()[key], torch.lerp(before[key].float(), value.float(), share).to(value)
        )
    _adversarial.update_average(average, network, 0.0, step=90)
    assert all(torch.equal(value, average.state_dict()[key]) for key, value in network.state_dict().items())


def test_the_slope_of_a_linear_score_is_its_weights_norm() -> None:
    weights = torch.tensor([3.0, 0, 4, 0]).view(1, 1, 2, 2)
    real, fake, places = torch.rand(7, 1, 2, 2), torch.rand(7, 1, 2, 2), torch.rand(7, 1, 1, 1)
    score = lambda x: (x * weights).sum((1, 2, 3))  # noqa: E731
    assert _adversarial.measure_gradient_norm(score, real, fake, places) == pytest.approx(5)


def test_step_sizes_stay_for_half_of_the_training_and_then_fall_to_nought() -> None:
    groups: list[dict[str, Any]] = [{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)], "lr": 0.1}]
    optimizer = torch.optim.Adam(groups, lr=1.0)
    seen: list[list[float]] = []
    for done in (0.0, 0.5, 0.75, 1.0):
        _adversarial.set_step_sizes([optimizer], done)
        seen.append([group["lr"] for group in optimizer.param_groups])
    assert np.allclose(seen, np.outer([1, 1, 0.5, 0], [1, 0.1]))


@pytest.mark.parametrize("name", ["gan", "dcgan", "stylegan"])
def test_a_code_gives_the_same_picture_always_and_a_score_is_of_one_picture_alone(name: str) -> None:
    torch.manual_seed(0)
    model: Any = zoo.create(name).eval()
    codes = _adversarial.draw_codes(3, model.code, 7)
    assert torch.equal(codes, _adversarial.draw_codes(3, model.code, 7))
    with torch.inference_mode():
        pictures = model.generate(codes)
        assert torch.equal(pictures, model.generate(codes))
        assert (pictures.shape, model.score(pictures).shape) == ((3, 1, 28, 28), (3,))
        assert 0 <= pictures.min() < pictures.max() <= 1
        torch.testing.assert_close(model.score(pictures[:1]), model.score(pictures)[:1])
        assert _adversarial.paint(model, codes * torch.nan).max() == 0  # what is not a number is black, not an error


def test_styles_are_mixed_by_layer_truncated_towards_the_mean_and_normalised_as_by_hand() -> None:
    torch.manual_seed(0)
    model: Any = zoo.create("stylegan", width=4).eval()
    with torch.inference_mode():
        w = model.map(torch.randn(2, 64))
        every = w[:, None].expand(-1, model.LAYERS, -1)
        assert torch.equal(model.synthesise(w), model.synthesise(every))
        mixed = torch.cat([every[:1, :2], every[1:, 2:]], 1)
        assert not any(torch.equal(model.synthesise(mixed)[0], picture) for picture in model.synthesise(w))
        model.generator.mean_w.copy_(torch.ones(64))
        assert torch.equal(model.truncate(w, 0), torch.ones_like(w))
        torch.testing.assert_close(model.truncate(w, 1), w)
        layer = model.generator.styles[3]
        x = torch.randn(2, 8, 14, 14)
        scale, shift = layer.affine(w).chunk(2, dim=1)
        noisy = x + layer.strength.view(-1, 1, 1) * layer.noise + layer.bias.view(-1, 1, 1)
        by_hand = adaptive_instance_norm(torch.nn.functional.leaky_relu(noisy, 0.2), 1 + scale, shift)
        torch.testing.assert_close(layer(x, w), by_hand, rtol=1e-4, atol=1e-5)


def test_mixed_styles_change_hands_at_one_layer() -> None:
    torch.manual_seed(0)
    model: Any = zoo.create("stylegan", width=4)
    alone, mixed = (stylegan.draw_styles(model, 40, mixing) for mixing in (0.0, 1.0))
    assert all(torch.equal(alone[:, 0], alone[:, layer]) for layer in range(model.LAYERS))
    changes = (mixed[:, 1:] != mixed[:, :-1]).any(-1).sum(1)
    assert changes.tolist() == [1] * 40


def test_what_mixed_styles_show_is_measured_on_pairs_of_two_classes() -> None:
    torch.manual_seed(0)
    model: Any = zoo.create("stylegan", width=2, code=8, depth=1).eval()
    with torch.inference_mode():
        model.generator.mean_w.copy_(model.map(_adversarial.draw_codes(500, 8, 3)).mean(0))
        middle = model.generate(_adversarial.draw_codes(50, 8, 0)).mean().item() * 255

    class BrightnessJudge:  # in the place of a `_quality.Judge`
        labels = ("dark", "light")
        release = zoo.describe("lenet.mnist")

        def look_at(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return pictures, (pictures.float().mean((1, 2, 3)) > middle).long()

    judge: Any = BrightnessJudge()
    found = stylegan.measure_mixing(model, judge, 12)
    assert found["pairs"] <= 12
    assert [each["layers"] for each in found["crossings"]] == list(range(7))
    ends = found["crossings"][0], found["crossings"][6]
    assert [(end["first"], end["second"]) for end in ends] == [(0, 1), (1, 0)]
    for each in found["crossings"] + found["alone"]:  # of two classes a mix has either the one or the other
        assert each["first"] + each["second"] == pytest.approx(1)
    assert found["alone"][5]["first"] == found["crossings"][5]["first"]
    assert [each["psi"] for each in found["truncation"]] == [quarter / 4 for quarter in range(-4, 5)]
    assert found["truncation"][8]["same"] == 1
    assert found["noise"] == {"same": 1, "grey_levels": 0}  # its strength is 0 where training begins


def test_a_pool_gives_as_many_as_it_gets_and_half_of_them_are_older() -> None:
    torch.manual_seed(0)
    pool = cyclegan.Pool([], 10)
    given = [float(pool.exchange(torch.full((1, 1), float(number)))) for number in range(400)]
    assert given[:10] == list(range(10))
    old = sum(number != value for number, value in enumerate(given))
    assert 150 < old < 240
    assert len(pool.kept) == 10


def test_unpaired_photographs_are_read_and_the_official_ones_are_told_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("daisy2sunflower", "horse2zebra"):
        for number, folder in enumerate(("trainA", "trainB", "testA", "testB")):
            (tmp_path / name / folder).mkdir(parents=True)
            Image.new("RGB", (90, 70), (number * 60, 0, 0)).save(tmp_path / name / folder / "one.jpg")
    data = _data.load_dataset("daisy2sunflower", tmp_path)
    assert (data.labels, data.train_labels.tolist()) == (["daisy", "sunflower"], [0, 1])
    assert data.test_images.shape == (2, 3, 64, 64)
    assert abs(int(data.test_images[1, 0, 30, 30]) - 180) < 3
    with pytest.raises(SystemExit, match=r"the 4 files in .* are not the 2,661 official ones"):
        _data.load_dataset("horse2zebra", tmp_path)
    lines = ""
    for folder in ("testA", "testB", "trainA", "trainB"):
        content = (tmp_path / "horse2zebra" / folder / "one.jpg").read_bytes()
        lines += f"{folder}/one.jpg\t{len(content)}\t{hashlib.sha256(content).hexdigest()}\n"
    monkeypatch.setattr(_data, "_HORSES_SUM", hashlib.sha256(lines.encode()).hexdigest())
    assert _data.load_dataset("horse2zebra", tmp_path).labels == ["horse", "zebra"]
