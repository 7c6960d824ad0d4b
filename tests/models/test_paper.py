"""The paper of a picture is found, then the ink: what surrounds a digit does not spoil it."""

import io

import numpy as np
import pytest
from PIL import Image
from symgraph.models.datasets import digits_samples, load_image
from symgraph.models.datasets.images import prepare_digit
from symgraph.models.errors import DataError


@pytest.fixture(scope="module")
def digits():
    """A digit of each kind: (10, 28, 28) in [0, 1]."""
    return digits_samples("float64").x[3::500].reshape(-1, 28, 28)


def page(digit, margin=20):
    """The digit in black on a white page of 280 + 2 margin pixels a side."""
    picture = Image.fromarray(np.round(255 * digit).astype(np.uint8))
    large = np.asarray(picture.resize((280, 280), Image.Resampling.BICUBIC), dtype=float)
    return np.pad(255 - large, margin, constant_values=255.0)


def likeness(one, other):
    """The cosine between two pictures: 1 for the same."""
    one, other = np.ravel(one), np.ravel(other)
    return one @ other / np.sqrt((one @ one) * (other @ other))


def with_band(page, side, thick, gray=10.0):
    """A dark band along an edge: 0 top, 1 bottom, 2 left, 3 right."""
    page = page.copy()
    along = np.moveaxis(page, side // 2, 0)[:: -1 if side % 2 else 1]
    along[:thick] = gray
    return page


def with_frame(page, thick, gray=0.0):
    for side in range(4):
        page = with_band(page, side, thick, gray)
    return page


def with_wedge(page):
    """A scanner's edge that was not quite straight."""
    rows, columns = np.indices(page.shape)
    return np.where(rows < 6 + 12 * columns / page.shape[1], 20.0, page)


def in_light(page, least):
    """Light that falls off from one corner to the other."""
    fall = np.linspace(1, least, len(page))
    return page * fall[:, np.newaxis] * np.linspace(1, 0.9, len(page))


def in_a_vignette(page):
    y, x = np.meshgrid(*[np.linspace(-1, 1, len(page))] * 2)
    return page * (1 - 0.35 * (x * x + y * y) / 2)


def ruled(page, gray):
    page = page.copy()
    for start in range(40, len(page), 40):
        page[start : start + 2] = np.minimum(page[start : start + 2], gray)
    return page


def in_a_box(page):
    return np.pad(with_frame(page, 3, 20.0), 12, constant_values=255.0)


def as_jpeg(page):
    stream = io.BytesIO()
    Image.fromarray(page.astype(np.uint8)).save(stream, "JPEG", quality=15)
    return np.asarray(Image.open(stream), dtype=float)


SPOILT = {
    "nothing": lambda page: page,
    "thin frame": lambda page: with_frame(page, 1),
    "thick frame": lambda page: with_frame(page, 12),
    "white frame on black": lambda page: with_frame(255 - page, 4, 255.0),
    "band at the top": lambda page: with_band(page, 0, 12),
    "band at the bottom": lambda page: with_band(page, 1, 25),
    "band at the left": lambda page: with_band(page, 2, 12),
    "band at the right": lambda page: with_band(page, 3, 40),
    "bands of two sides": lambda page: with_band(with_band(page, 0, 12), 2, 8),
    "slanting band": with_wedge,
    "uneven light": lambda page: in_light(page, 0.4),
    "vignette": in_a_vignette,
    "ruled paper": lambda page: ruled(page, 170.0),
    "black lines": lambda page: ruled(page, 40.0),
    "squared paper": lambda page: ruled(ruled(page, 150.0).T, 150.0).T,
    "box": in_a_box,
    "sheet on a desk": lambda page: np.pad(page, 60, constant_values=30.0),
    "sheet at a side": lambda page: np.pad(page, ((0, 0), (100, 0)), constant_values=30.0),
    "pencil": lambda page: 255 - 0.35 * (255 - page),
    "pencil in a black frame": lambda page: with_frame(255 - 0.35 * (255 - page), 3),
    "pencil below a black band": lambda page: with_band(255 - 0.35 * (255 - page), 0, 15, 0.0),
    "frame in uneven light": lambda page: with_frame(in_light(page, 0.6), 3),
    "JPEG of low quality": as_jpeg,
    "white on black": lambda page: 255 - page,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_surrounds_a_digit_does_not_change_it(digits, spoil):
    found = [likeness(prepare_digit(spoil(page(digit))), digit) for digit in digits]
    assert np.mean(found) > 0.92
    assert min(found) > 0.75


def test_the_digits_at_hand_are_their_own_paper(digits):
    for digit in digits:
        assert likeness(prepare_digit(255 * digit), digit) > 0.999


def test_a_digit_that_fills_the_picture_keeps_its_edges(digits):
    """The bar of a 7 along the picture's edge is no band."""
    for digit in digits:
        rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
        cut = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        # A 1 of 5 columns leaves no paper to tell it from.
        if min(cut.shape) >= 10:
            assert likeness(prepare_digit(255 * cut), digit) > 0.8
    seven = np.zeros((40, 30))
    seven[:6] = 255.0
    seven[6:, 12:18] = 255.0
    assert prepare_digit(seven).sum(axis=1).max() > 14


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_values_of_fewer_bits_than_the_file_has(tmp_path, digits, bits):
    values = np.round(page(digits[5]) / 255 * (2**bits - 1)).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    assert likeness(load_image(tmp_path / "deep.png"), digits[5]) > 0.9


def test_a_frame_around_nothing_is_blank():
    for blank in (
        with_frame(np.full((100, 100), 255.0), 3),
        with_band(np.full((90, 90), 250.0), 2, 9),
    ):
        with pytest.raises(DataError, match="no digit found: the picture is blank"):
            prepare_digit(blank)


def test_a_program_is_no_picture(tmp_path):
    """Pillow would have Ghostscript run it."""
    path = tmp_path / "digit.eps"
    Image.new("L", (30, 30)).save(path)
    with pytest.raises(DataError, match="a PostScript program, which is not run"):
        load_image(path)
