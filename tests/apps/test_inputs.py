"""The one way in: each odd file gives the right picture or one sentence, cheaply, and nothing else ever comes out."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from apps._inputs import MAX_SIDE, BadInput, read_picture
from apps._inputs.formats import read_orientation
from tests._support import corpus

ROOT = Path(__file__).parents[2]
sweep = settings(max_examples=150, deadline=None)


def refusal(source: Any) -> str:
    with pytest.raises(BadInput) as caught:
        read_picture(source)
    return str(caught.value)


def same(picture: Image.Image, expected: np.ndarray) -> bool:
    return np.array_equal(np.asarray(picture), expected)


def is_sentence(text: str) -> bool:
    return text[:1].isupper() and text.endswith(".") and text.isprintable() and len(text) < 160


def outcome(source: Any) -> str:
    """What a visitor gets: a sound picture or a sentence; anything else fails the test."""
    try:
        picture = read_picture(source)
    except BadInput as refused:
        sentence = str(refused)
    else:
        assert picture.mode == "RGB"
        assert max(picture.size) <= MAX_SIDE
        return "x".join(map(str, picture.size))
    assert is_sentence(sentence)
    return sentence


@pytest.fixture(scope="module")
def odd() -> list[corpus.Item]:
    return [*corpus.pictures(), *corpus.refused()]


def test_every_odd_file_gives_the_right_picture_or_the_right_sentence(odd: list[corpus.Item], tmp_path: Path) -> None:
    wrong = []
    for item in odd:
        (tmp_path / item.name).write_bytes(item.data)
        try:
            picture = np.asarray(read_picture(str(tmp_path / item.name)))
        except BadInput as refused:
            sentence = str(refused)
            if not isinstance(item.expected, str) or item.expected not in sentence or not is_sentence(sentence):
                wrong.append(f"{item.name}: {sentence}")
            continue
        if isinstance(item.expected, str):
            wrong.append(f"{item.name}: accepted as {picture.shape}")
        elif picture.shape != item.expected.shape:
            wrong.append(f"{item.name}: {picture.shape}, not {item.expected.shape}")
        elif (off := np.abs(picture.astype(int) - item.expected).max()) > item.tolerance:
            wrong.append(f"{item.name}: {off} off")
    assert not wrong, "\n".join(wrong)


def test_every_odd_file_costs_less_than_200_mb_and_a_second(odd: list[corpus.Item], tmp_path: Path) -> None:
    heavy = corpus.heavy()
    for item in [*odd, *heavy]:
        (tmp_path / item.name).write_bytes(item.data)
    meter = [sys.executable, "-m", "tests._support.corpus", str(tmp_path)]
    output = subprocess.run(meter, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = {line["name"]: line for line in map(json.loads, output.splitlines())}
    assert lines.keys() == {item.name for item in [*odd, *heavy]}
    dear = [line for line in lines.values() if line["MB"] >= 200 or line["ms"] >= 1000]
    assert not dear
    for item in heavy:
        assert isinstance(item.expected, np.ndarray)
        values = lines[item.name]["extrema"]
        assert values is not None, lines[item.name]
        assert np.abs(np.array(values) - item.expected.reshape(3, 1)).max() <= item.tolerance, item.name


def test_the_next_visitor_notices_nothing(odd: list[corpus.Item]) -> None:
    files = len(list(Path("/proc/self/fd").iterdir()))
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        for item in odd:
            if isinstance(item.expected, str):
                outcome(item.data)
    assert not noticed
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert Image.MAX_IMAGE_PIXELS == 89_478_485
    ramp = corpus.smooth(30, 20)
    assert same(read_picture(corpus.png(ramp)), ramp)


def test_sixteen_bits_by_hand() -> None:
    # 257 × v is v exactly; 128 is just under half a step, 129 just over.
    samples = np.array([[0, 128, 129, 257, 65535 - 129, 65535]], np.uint16)
    assert np.asarray(read_picture(samples))[0, :, 0].tolist() == [0, 0, 1, 1, 254, 255]
    assert np.asarray(read_picture(corpus.png(samples[..., None])))[0, :, 0].tolist() == [0, 0, 1, 1, 254, 255]


@sweep
@given(
    arrays.arrays(
        np.uint16, st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)), elements=st.integers(0, 65535)
    ),
    st.booleans(),
)
def test_sixteen_bit_png_equals_the_reference(samples: np.ndarray, interlace: bool) -> None:
    colour = corpus.eight(samples)
    if samples.shape[2] <= 2:
        colour = np.concatenate((np.repeat(colour[..., :1], 3, axis=2), colour[..., 1:]), axis=2)
    expected = corpus.on_white(colour) if colour.shape[2] == 4 else colour
    assert same(read_picture(corpus.png(samples, interlace=interlace)), expected)


@sweep
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((3, 4)))))
def test_arrays_of_every_type_agree(samples: np.ndarray) -> None:
    expected = corpus.on_white(samples) if samples.shape[2] == 4 else samples
    assert same(read_picture(samples), expected)
    assert same(read_picture(samples.astype(np.uint16) * 257), expected)
    assert same(read_picture(samples.astype(np.float32) / 255), expected)
    assert same(read_picture(samples[..., 0] > 127), corpus.grey3((samples[..., 0] > 127) * np.uint8(255)))
    assert same(read_picture(Image.fromarray(samples)), expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F", "PA"])
def test_pillow_pictures_of_every_mode_are_read_and_left_alone(mode: str) -> None:
    pure = Image.fromarray(np.repeat(np.repeat(np.array([[[0] * 3, [255] * 3]], np.uint8), 4, axis=0), 4, axis=1))
    if mode in ("I", "I;16"):
        picture = Image.fromarray(np.asarray(pure.convert("L")).astype(np.uint16) * 257).convert(mode)
    elif mode == "F":
        picture = Image.fromarray(np.asarray(pure.convert("L")).astype(np.float32) / 255)
    else:
        picture = pure.convert("P").convert(mode) if mode == "PA" else pure.convert(mode)
    before = picture.tobytes()
    assert picture.mode == mode
    assert same(read_picture(picture), np.asarray(pure))
    assert picture.mode == mode
    assert picture.tobytes() == before


@pytest.mark.parametrize("width", [2048, 2049, 4097, 6001])
def test_a_large_picture_is_the_mean_of_its_blocks(width: int) -> None:
    samples = corpus.smooth(width, 37)
    factor = -(-width // MAX_SIDE)
    for source in (samples, corpus.png(samples)):
        picture = np.asarray(read_picture(source))
        assert max(picture.shape) <= MAX_SIDE
        assert np.abs(picture.astype(int) - corpus.block_mean(samples, factor)).max() <= 1


def stroke() -> Image.Image:
    """A black bar on a transparent sheet, as a drawing pad sends it."""
    sheet = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    sheet.paste((0, 0, 0, 255), (5, 2, 15, 4))
    return sheet


def test_a_drawing_lies_on_white_paper() -> None:
    expected = np.full((10, 20, 3), 255, np.uint8)
    expected[2:4, 5:15] = 0
    ink, paper = stroke(), Image.new("RGB", (20, 10), "white")
    png = corpus.saved(ink, "PNG")
    for value in (
        {"composite": ink, "background": paper, "layers": [paper]},
        {"composite": None, "background": paper, "layers": [ink]},
        {"composite": None, "background": None, "layers": [np.asarray(ink)]},
        {"composite": png},
        {"background": png},
    ):
        assert same(read_picture(value), expected)


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (255, 255, 255, 255), (0, 0, 0, 255)])
def test_a_blank_pad_is_no_drawing(colour: tuple[int, ...]) -> None:
    sheet = Image.new("RGBA", (20, 10), colour)
    nothing = "Draw or upload a picture first."
    assert refusal({"composite": sheet, "background": None, "layers": []}) == nothing
    assert refusal({"composite": None, "background": sheet, "layers": [Image.new("RGBA", (20, 10))]}) == nothing
    assert refusal({"composite": None, "background": None, "layers": []}) == nothing
    assert refusal({}) == refusal(None) == refusal("") == nothing


def test_a_drawing_of_too_many_or_unequal_layers_is_refused() -> None:
    assert "8 are accepted" in refusal({"background": stroke(), "layers": [stroke()] * 9})
    assert "differ in size" in refusal({"background": stroke(), "layers": [stroke().resize((5, 5))]})


def test_data_urls() -> None:
    samples = corpus.smooth(9, 7)
    url = "data:image/png;base64," + base64.b64encode(corpus.png(samples)).decode()
    assert same(read_picture(url), samples)
    assert "empty" in refusal("data:image/png;base64,")
    assert "damaged" in refusal("data:image/png;base64,a")
    assert "28 MB" in refusal("data:image/png;base64," + "A" * 36_000_000)


@pytest.mark.parametrize(
    "source",
    [
        "/no/such/file.png",
        "nul\0byte.png",
        "http://localhost/cat.png",
        Path(__file__).parent,
        7,
        [1, 2],
        object(),
        {"composite": 3},
        {"layers": 3},
        np.zeros(5),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((2, 2, 5), np.uint8),
        np.zeros((2, 2), np.int64),
        np.zeros((2, 2), object),
        np.full((2, 2), np.nan),
        np.full((2, 2), 255.0),
        np.zeros((7000, 6000), np.uint8),
        Image.new("1", (7000, 6000)),
        Image.new("RGB", (0, 4)),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(source: object) -> None:
    assert is_sentence(refusal(source))


def small_files() -> dict[str, bytes]:
    photo = Image.fromarray(corpus.smooth(16, 12))
    tilted = corpus.exif(6)
    files = {
        "jpeg": corpus.after_start(corpus.saved(photo, "JPEG"), corpus.segment(0xE1, tilted)),
        "progressive": corpus.saved(photo, "JPEG", progressive=True),
        "cmyk": corpus.saved(photo.convert("CMYK"), "JPEG"),
        "webp": corpus.saved(photo, "WEBP", exif=tilted),
        "lossless": corpus.saved(photo, "WEBP", lossless=True),
        "bmp": corpus.saved(photo, "BMP"),
        "gif": corpus.saved(photo, "GIF", save_all=True, append_images=[photo.rotate(180)]),
        "palette": corpus.saved(photo.quantize(16), "PNG", transparency=b"\0\x80"),
        "deep": corpus.png(corpus.smooth(16, 12).astype(np.uint16) * 200, corpus.chunk(b"tRNS", bytes(6))),
        "deep alpha": corpus.png(corpus.smooth(16, 12)[..., :2].astype(np.uint16) * 200, interlace=True),
    }
    return {name: data for name, data in files.items() if outcome(data) in ("16x12", "12x16")}


FILES = small_files()


def test_the_files_to_be_damaged_are_sound() -> None:
    assert len(FILES) == 10


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_is_a_sentence_or_a_picture(name: str) -> None:
    data = FILES[name]
    outcomes = [outcome(data[:length]) for length in range(0, len(data), max(1, len(data) // 150))]
    assert "empty" in outcomes[0]
    # A BMP has no end marker, and a GIF's first frame may be whole when a later one is not.
    early = outcomes[: len(outcomes) // 3]
    assert not any("x1" in text for text in early)


@sweep
@given(st.data())
def test_a_damaged_file_is_a_sentence_or_a_picture(data: st.DataObject) -> None:
    file = bytearray(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    places = st.integers(0, len(file) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        file[place] = byte
    start, end = sorted((data.draw(places), data.draw(places)))
    change = data.draw(st.sampled_from(("keep", "cut", "remove", "repeat", "insert")))
    if change == "cut":
        del file[start:]
    elif change == "remove":
        del file[start:end]
    elif change == "repeat":
        file[end:end] = file[start:end] * 3
    elif change == "insert":
        file[start:start] = data.draw(st.binary(max_size=64))
    outcome(bytes(file))


@sweep
@given(
    st.sampled_from((b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\xff\0\0\0WEBPVP8", b"BM", b"<svg")),
    st.binary(max_size=400),
)
def test_random_bytes_are_a_sentence_or_a_picture(start: bytes, rest: bytes) -> None:
    outcome(start + rest)


@sweep
@given(st.sampled_from((b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0")), st.binary(max_size=100))
def test_exif_of_any_bytes_gives_an_orientation(start: bytes, rest: bytes) -> None:
    assert read_orientation(start + rest) in range(1, 9)


def test_reading_needs_neither_torch_nor_gradio_nor_skimage() -> None:
    program = (
        "import sys, apps._inputs, zoo.examples\n"
        "print(len(zoo.examples.example_pictures()), sorted({'torch', 'gradio', 'skimage'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert output.stdout.strip() == "4 []"


def test_pillow_decodes_nothing_before_the_size_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a decoder was started")

    monkeypatch.setattr(Image, "open", opened)
    for item in corpus.refused():
        if "megapixels" in str(item.expected) or "pixels long" in str(item.expected):
            assert str(item.expected) in refusal(item.data)
