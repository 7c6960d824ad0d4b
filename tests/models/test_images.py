"""A user's picture comes out as MNIST would hold it, or is refused with the reason."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from symgraph.models.datasets import digits_samples, load_image
from symgraph.models.datasets.images import prepare_digit
from symgraph.models.errors import DataError

EXIF_ORIENTATION = 0x0112
# How a picture must be turned so that Exif orientation k shows it upright.
TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def digits():
    """One genuine digit of each kind, uint8, shape (10, 28, 28)."""
    return np.round(digits_samples().x[7::500].reshape(-1, 28, 28) * 255).astype(np.uint8)


def distance(path, digit):
    """Mean absolute difference a pixel; two different digits are about 0.14 apart."""
    return np.abs(load_image(path) - digit.reshape(-1) / 255.0).mean()


def saved(tmp_path, values, name="digit.png", **options):
    path = tmp_path / name
    Image.fromarray(values).save(path, **options)
    return path


def enlarged(digit, scale, resample=Image.Resampling.NEAREST):
    return np.asarray(Image.fromarray(digit).resize((28 * scale, 28 * scale), resample))


@pytest.mark.parametrize("scale", [1, 3, 10, 40])
def test_genuine_digits_are_read_back_from_pictures_of_any_size(tmp_path, digits, scale):
    for digit in digits:
        assert distance(saved(tmp_path, enlarged(digit, scale)), digit) < 0.003


@pytest.mark.parametrize("resample", [Image.Resampling.BILINEAR, Image.Resampling.LANCZOS])
def test_smoothly_enlarged_digits_stay_close(tmp_path, digits, resample):
    for digit in digits:
        assert distance(saved(tmp_path, enlarged(digit, 10, resample)), digit) < 0.09


def test_dark_ink_on_light_ground_is_inverted(tmp_path, digits):
    for digit in digits:
        assert distance(saved(tmp_path, 255 - enlarged(digit, 10)), digit) < 0.002


def test_colour_and_a_tinted_ground_are_no_hindrance(tmp_path, digits):
    ink = enlarged(digits[3], 10)[..., np.newaxis] / 255.0
    picture = (1 - ink) * np.array([250, 240, 200]) + ink * np.array([20, 10, 120])
    assert distance(saved(tmp_path, picture.astype(np.uint8)), digits[3]) < 0.01


def test_paper_with_grain_and_a_shadow_is_background(tmp_path, digits):
    random = np.random.RandomState(0)
    ink = enlarged(digits[4], 10) / 255.0
    paper = 200 - np.linspace(0, 40, 280)[np.newaxis, :] + 4 * random.randn(280, 280)
    picture = np.clip(paper * (1 - 0.85 * ink), 0, 255).astype(np.uint8)
    assert distance(saved(tmp_path, picture), digits[4]) < 0.06


def test_dust_far_from_the_digit_does_not_shrink_it(tmp_path, digits):
    picture = 255 - enlarged(digits[5], 10)
    picture[4:7, 270:273] = 0
    assert distance(saved(tmp_path, picture), digits[5]) < 0.002


@pytest.mark.parametrize("ink", [0, 255], ids=["black ink", "white ink"])
def test_a_transparent_ground_is_laid_under_either_ink(tmp_path, digits, ink):
    alpha = enlarged(digits[2], 10)
    values = np.dstack([np.full_like(alpha, ink)] * 3 + [alpha])
    assert distance(saved(tmp_path, values), digits[2]) < 0.01


def test_a_palette_with_a_transparent_colour(tmp_path, digits):
    picture = Image.fromarray(np.where(enlarged(digits[1], 10) > 127, 1, 0).astype(np.uint8), "P")
    picture.putpalette([255, 0, 255, 0, 0, 0])
    path = tmp_path / "palette.png"
    picture.save(path, transparency=0)
    expected = np.where(digits[1] > 127, 255, 0)
    assert load_image(path)[expected.reshape(-1) > 0].mean() > 0.5
    assert prepare_digit(expected).reshape(-1) == pytest.approx(load_image(path), abs=1e-12)


@pytest.mark.parametrize("mode", ["I;16", "1", "F", "CMYK"])
def test_other_pixel_formats(tmp_path, digits, mode):
    big = enlarged(digits[8], 10)
    if mode == "I;16":
        path = saved(tmp_path, big.astype(np.uint16) * 257)
    elif mode == "F":
        path = saved(tmp_path, (big / 255.0).astype(np.float32), "digit.tif")
    else:
        path = tmp_path / ("digit.tif" if mode == "CMYK" else "digit.png")
        picture = Image.fromarray(big).convert("RGB" if mode == "CMYK" else mode)
        picture.convert(mode).save(path)
    assert distance(path, digits[8]) < (0.06 if mode == "1" else 0.002)


@pytest.mark.parametrize("orientation", sorted(TURNED))
def test_a_camera_turned_on_its_side_is_known_from_exif(tmp_path, digits, orientation):
    picture = Image.fromarray(enlarged(digits[7], 10))
    turn = TURNED[orientation]
    if turn is not None:
        picture = picture.transpose(turn)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    path = tmp_path / "turned.png"
    picture.save(path, exif=exif)
    assert distance(path, digits[7]) < 0.002


def test_a_digit_in_a_corner_is_moved_to_the_middle_and_scaled(tmp_path, digits):
    page = np.zeros((900, 600), dtype=np.uint8)
    page[600:880, 20:300] = enlarged(digits[6], 10)
    assert distance(saved(tmp_path, page), digits[6]) < 0.02


def test_the_digits_at_hand_are_centred_where_pictures_are(digits):
    images = digits_samples("float64").x.reshape(-1, 28, 28)
    mass = images.sum(axis=(1, 2))
    rows = (images.sum(axis=2) @ np.arange(28)) / mass
    columns = (images.sum(axis=1) @ np.arange(28)) / mass
    for centres in (rows, columns):
        assert centres.min() >= 13.5
        assert centres.max() <= 14.5
        assert centres.mean() == pytest.approx(14.0, abs=0.01)


def test_a_stroke_off_its_middle_is_centred_by_mass():
    gray = np.zeros((60, 60))
    gray[10:50, 28:32] = 255
    gray[40:50, 10:32] = 255  # a foot to the left
    digit = prepare_digit(gray)
    rows, columns = np.nonzero(digit)
    assert (rows.max() - rows.min(), columns.max() - columns.min()) == (19, 10)
    mass = digit.sum()
    assert digit.sum(axis=1) @ np.arange(28) / mass == pytest.approx(14, abs=0.5)
    assert digit.sum(axis=0) @ np.arange(28) / mass == pytest.approx(14, abs=0.5)


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_a_blank_picture_is_refused(tmp_path, gray):
    path = saved(tmp_path, np.full((50, 50), gray, dtype=np.uint8))
    with pytest.raises(DataError, match="digit.png: no digit found: the picture is blank"):
        load_image(path)


def test_a_wholly_transparent_picture_is_blank(tmp_path):
    with pytest.raises(DataError, match="the picture is blank"):
        load_image(saved(tmp_path, np.zeros((20, 20, 4), dtype=np.uint8)))


def test_a_truncated_picture_is_refused(tmp_path, digits):
    path = saved(tmp_path, enlarged(digits[0], 10))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="digit.png: the picture is damaged or truncated"):
        load_image(path)


def test_a_damaged_picture_is_refused(tmp_path, digits):
    path = saved(tmp_path, enlarged(digits[0], 10))
    content = bytearray(path.read_bytes())
    content[60:70] = b"\0" * 10
    path.write_bytes(content)
    with pytest.raises(DataError, match="the picture is damaged or truncated"):
        load_image(path)


def test_other_files_are_refused(tmp_path):
    text = tmp_path / "digit.txt"
    text.write_text("seven")
    with pytest.raises(DataError, match="digit.txt: not a picture in a known format"):
        load_image(text)
    with pytest.raises(DataError, match="absent.png: no such file"):
        load_image(tmp_path / "absent.png")
    with pytest.raises(DataError, match="a folder, not an ordinary file"):
        load_image(tmp_path)


def test_a_picture_of_absurd_size_is_refused_before_it_is_unpacked(tmp_path):
    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(DataError, match="bomb.png: the picture is too large"):
        load_image(path)


def test_values_that_are_not_finite_are_refused(tmp_path):
    values = np.zeros((30, 30), dtype=np.float32)
    values[10:20, 10:20] = np.nan
    with pytest.raises(DataError, match="values that are not finite"):
        load_image(saved(tmp_path, values, "digit.tif"))
