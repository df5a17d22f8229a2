"""The vision transformer: published counts, torch's own attention as the judge, and what each switch leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import zoo
from from_scratch import complexity


@pytest.fixture
def vit() -> Any:
    torch.manual_seed(0)
    return zoo.create("vit", dim=48, depth=3, heads=4, hidden=96).eval()


@pytest.fixture
def pictures() -> Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_deit_tiny_has_the_published_number_of_parameters() -> None:
    assert complexity.parameters(zoo.create("deit_tiny")) == 5_717_416


def test_the_multiply_adds_include_both_products_of_attention() -> None:
    tokens, dim, hidden, depth = 65, 192, 384, 8
    block = tokens * (4 * dim * dim + 2 * dim * hidden) + 2 * tokens * tokens * dim
    assert complexity.macs(zoo.create("vit"), (3, 32, 32)) == 64 * 48 * dim + depth * block + dim * 10


def test_each_blocks_attention_is_that_of_torch(vit: Any, pictures: Tensor) -> None:
    seen: list = []
    with torch.inference_mode():
        vit(pictures, seen=seen)
        x = vit.embed(pictures)
        for block, (queries, keys, weights) in zip(vit.blocks, seen, strict=True):
            theirs = nn.MultiheadAttention(48, 4, batch_first=True).eval()
            theirs.in_proj_weight.copy_(block.attn.qkv.weight)
            theirs.in_proj_bias.copy_(block.attn.qkv.bias)
            theirs.out_proj.load_state_dict(block.attn.proj.state_dict())
            y = block.norm1(x)
            output, expected = theirs(y, y, y, need_weights=True, average_attn_weights=False)
            torch.testing.assert_close(weights, expected)
            torch.testing.assert_close(block.attn(y), output)
            torch.testing.assert_close((queries @ keys.transpose(-2, -1)).softmax(-1), expected)
            torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 65))
            x = block(x)


def test_looking_leaves_nothing_behind_and_changes_nothing(vit: Any, pictures: Tensor) -> None:
    seen: list = []
    with torch.inference_mode():
        assert torch.equal(vit(pictures), vit(pictures, seen=seen))
    assert len(seen) == 3
    assert not any(module._forward_hooks for module in vit.modules())


def test_silencing_no_head_changes_nothing_and_silencing_all_leaves_the_rest_alone(vit: Any, pictures: Tensor) -> None:
    with torch.inference_mode():
        assert torch.equal(vit(pictures), vit(pictures, heads=torch.ones(3, 4)))
        x = vit.embed(pictures)
        for block in vit.blocks:
            x = x + block.attn.proj.bias  # what the output projection adds to nothing
            x = x + block.mlp(block.norm2(x))
        without = vit(pictures, heads=torch.zeros(3, 4))
        torch.testing.assert_close(without, vit.head(vit.norm(x[:, 0])))
        # With every head silent the class token hears of no patch: all pictures get one answer.
        torch.testing.assert_close(without[0], without[1])
        one = torch.ones(3, 4)
        one[1, 2] = 0
        assert not torch.equal(vit(pictures), vit(pictures, heads=one))


def test_without_positions_the_order_of_the_patches_does_not_matter(vit: Any, pictures: Tensor) -> None:
    order = torch.randperm(64, generator=torch.Generator().manual_seed(2))
    patches = pictures.unfold(2, 4, 4).unfold(3, 4, 4).flatten(2, 3)[:, :, order]  # N×3×64×4×4
    shuffled = patches.unflatten(2, (8, 8)).permute(0, 1, 2, 4, 3, 5).reshape(2, 3, 32, 32)
    with torch.inference_mode():
        plain, mixed = vit(pictures, positions=False), vit(shuffled, positions=False)
        torch.testing.assert_close(plain, mixed)
        assert not torch.allclose(vit(pictures), vit(shuffled), atol=1e-4)
        assert not torch.allclose(vit(pictures), plain, atol=1e-4)


def test_patches_are_chosen_by_index(vit: Any, pictures: Tensor) -> None:
    everything = torch.arange(64).expand(2, -1)
    with torch.inference_mode():
        assert torch.equal(vit(pictures), vit(pictures, everything))
        torch.testing.assert_close(vit(pictures), vit(pictures, everything.flip(1)))
        assert vit.embed(pictures, everything[:, 5:9]).shape == (2, 5, 48)
        assert torch.equal(vit.embed(pictures, everything[:, 5:9])[:, 1:], vit.embed(pictures)[:, 6:10])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"heads": 7}, "7 heads cannot share 192"), ({"patch_size": 5}, "Patches of 5 px do not tile 32 px")],
)
def test_what_does_not_divide_is_refused(arguments: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        zoo.create("vit", **arguments)
