"""Every picture shows its numbers, is labelled, and has no text laid over other text."""

import inspect
import io
import itertools
import sys
from unittest import mock

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from symgraph.models import plots
from symgraph.models.errors import DataError


def texts(figure):
    """All texts as they are drawn, with their rectangles in pixels."""
    found = []
    draw = Text.draw

    def noting(text, renderer):
        extent = text.get_window_extent(renderer)
        if text.get_visible() and text.get_text().strip() and extent.width > 0:
            found.append((text.get_text(), extent))
        draw(text, renderer)

    with mock.patch.object(Text, "draw", noting):
        FigureCanvasAgg(figure).draw()
    return found


def assert_legible(figure):
    """No text over another, none outside the figure."""
    frame, found = figure.bbox, texts(figure)
    assert found
    for text, box in found:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= frame.x1 and box.y1 <= frame.y1
        assert inside, f"{text!r} is cut off"
    for (one, box), (other, second) in itertools.combinations(found, 2):
        apart = box.x1 <= second.x0 or second.x1 <= box.x0
        apart = apart or box.y1 <= second.y0 or second.y1 <= box.y0
        assert apart, f"{one!r} lies over {other!r}"


def drawn(figure):
    return {text for text, _ in texts(figure)}


def tiles(figure, count, shape, expected):
    """The mosaic of the figure holds exactly the rows of `expected` as pictures, in order."""
    mosaic = np.ma.filled(figure.axes[0].images[0].get_array().astype(float), np.nan)
    known = ~np.isnan(mosaic)
    assert known.sum() == count * shape[0] * shape[1]
    rows = np.flatnonzero(known.any(axis=1))
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    found = []
    for band in bands:
        columns = np.flatnonzero(known[band].any(axis=0))
        for part in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
            found.append(mosaic[np.ix_(band, part)])
    assert {picture.shape for picture in found} == {shape}
    np.testing.assert_array_equal(np.reshape(found, (count, -1)), expected)


class TestLearningCurve:
    def figure(self, n=30, **options):
        epoch = np.arange(1, n + 1)
        errors = {"training": 20 * np.exp(-epoch / 4), "validation": 18 * np.exp(-epoch / 5) + 3}
        return plots.learning_curve(
            2 * np.exp(-epoch / 5) + 0.05, errors, title="MLP 784-500-10", **options
        )

    @pytest.mark.parametrize("n", [1, 2, 30, 1000])
    def test_shows_every_epoch_and_the_kept_one(self, n):
        figure = self.figure(n, best_epoch=n)
        assert_legible(figure)
        assert {"MLP 784-500-10", "epoch", "error rate (%)", "training", "validation"} <= drawn(
            figure
        )
        assert f"kept: epoch {n}" in drawn(figure)
        cost, errors = figure.axes
        np.testing.assert_array_equal(cost.lines[0].get_xdata(), np.arange(1, n + 1))
        assert len(errors.lines) == 3
        assert errors.get_ylim()[0] == 0

    @pytest.mark.parametrize("low", [0.01, 1e-6])
    def test_where_every_curve_falls_steeply_the_axis_is_logarithmic(self, low):
        fall = np.geomspace(1, low, 30)
        errors = {"training": fall, "validation": 2 * fall}
        figure = plots.learning_curve(fall, errors, title="line", error_label="mean square")
        assert_legible(figure)
        assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]
        errors["validation"] = np.linspace(1, 0.5, 30)
        figure = plots.learning_curve(fall, errors, title="line")
        assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
        assert figure.axes[1].get_ylim()[0] == 0

    def test_a_curve_that_was_not_measured_is_left_out(self):
        figure = plots.learning_curve(
            [2.0, 1.0], {"training": [np.nan, np.nan], "validation": [3.0, 2.0]}, title="t"
        )
        assert "training" not in drawn(figure)
        assert "validation" in drawn(figure)


class TestWeightImages:
    def test_tiles_are_the_columns(self):
        weights = np.arange(12.0).reshape(6, 2) - 5
        figure = plots.weight_images(weights, (2, 3), title="two units", labels=["a", "b"])
        assert_legible(figure)
        assert {"two units", "a", "b", "weight"} <= drawn(figure)
        tiles(figure, 2, (2, 3), weights.T)

    def test_no_more_than_asked_for(self):
        weights = np.random.RandomState(0).randn(784, 500)
        figure = plots.weight_images(weights, (28, 28), title="hidden units", most=100)
        assert_legible(figure)
        tiles(figure, 100, (28, 28), weights.T[:100])

    @pytest.mark.parametrize("count", [1, 3, 7])
    def test_few_and_equal_weights(self, count):
        figure = plots.weight_images(np.zeros((784, count)), (28, 28), title="untrained")
        assert_legible(figure)
        tiles(figure, count, (28, 28), np.zeros((count, 784)))


class TestDigits:
    @pytest.mark.parametrize("count", [1, 5, 24])
    def test_each_picture_has_its_caption(self, count):
        images = np.random.RandomState(0).rand(count, 784)
        captions = [f"{k % 10} read as {(k + 1) % 10} (100 %)" for k in range(count)]
        figure = plots.digit_gallery(
            images, (28, 28), captions, title=f"{count} of 48 misclassified test digits"
        )
        assert_legible(figure)
        assert set(captions) <= drawn(figure)
        tiles(figure, count, (28, 28), images)

    def test_a_prediction_with_its_probabilities(self):
        probabilities = np.array([0.01, 0.02, 0.9, 0.07] + [0.0] * 6)
        figure = plots.prediction(
            np.zeros(784), (28, 28), probabilities, range(10), title="seven.png: 2 (90.0 %)"
        )
        assert_legible(figure)
        assert {"seven.png: 2 (90.0 %)", "90", "7", "2", "1", "class"} <= drawn(figure)
        heights = [bar.get_height() for bar in figure.axes[1].patches]
        np.testing.assert_allclose(heights, 100 * probabilities)


class TestLines:
    def test_the_fitted_line_and_the_true_one(self):
        x = np.linspace(-0.5, 0.5, 10)
        figure = plots.line_fit(x, 13 - 20 * x, 13.1, -19.9, title="startup", truth=(13.0, -20.0))
        assert_legible(figure)
        assert {"fitted: y = 13.10 − 19.90 x", "true: y = 13.00 − 20.00 x"} <= drawn(figure)
        fitted = figure.axes[0].lines[0]
        np.testing.assert_allclose(fitted.get_ydata(), [13.1 + 9.95, 13.1 - 9.95])

    @pytest.mark.parametrize("weights", [(3.0, 1.0), (1.0, -2.0), (0.0, 1.0), (1.0, 0.0)])
    def test_on_the_decision_line_both_classes_are_alike(self, weights):
        points = np.random.RandomState(0).rand(100, 2)
        matrix = np.column_stack([-np.array(weights), weights])
        bias = np.array([0.3, -0.3])
        labels = (points @ matrix + bias).argmax(axis=1)
        figure = plots.decision_line(points, labels, matrix, bias, title="two classes")
        assert_legible(figure)
        assert {"class 0", "class 1", "both equally probable"} <= drawn(figure)
        ends = figure.axes[0].lines[0].get_xydata() @ matrix + bias
        np.testing.assert_allclose(ends[:, 0], ends[:, 1], atol=1e-12)
        assert not np.allclose(*figure.axes[0].lines[0].get_xydata())


class TestSaving:
    def test_a_sound_png_in_a_new_folder_and_nothing_else(self, tmp_path):
        figure = plots.line_fit(np.arange(3), np.arange(3), 0, 1, title="t")
        path = plots.save(figure, tmp_path / "new" / "line.png")
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (768, 528)
        assert [entry.name for entry in path.parent.iterdir()] == ["line.png"]

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path):
        figure = plots.line_fit(np.arange(3), np.arange(3), 0, 1, title="t")
        (tmp_path / "file").write_text("")
        with pytest.raises(DataError, match="file: is a file, not a folder"):
            plots.save(figure, tmp_path / "file" / "line.png")
        (tmp_path / "line.png").mkdir()
        with pytest.raises(DataError, match="line.png: a folder, not an ordinary file"):
            plots.save(figure, tmp_path / "line.png")
        assert not (tmp_path / "line.png.part").exists()

    def test_pyplot_is_not_used(self):
        before = "matplotlib.pyplot" in sys.modules
        plots.line_fit(np.arange(3), np.arange(3), 0, 1, title="t")
        assert ("matplotlib.pyplot" in sys.modules) == before


ONE = {
    "curve": lambda ax: plots.curve([3.0, 2.0], title="t", label="cost", ax=ax),
    "weight_images": lambda ax: plots.weight_images(np.eye(4), (2, 2), title="t", ax=ax),
    "digit_gallery": lambda ax: plots.digit_gallery(np.eye(4), (2, 2), "abcd", title="t", ax=ax),
    "line_fit": lambda ax: plots.line_fit(np.arange(3), np.arange(3), 0, 1, title="t", ax=ax),
    "decision_line": lambda ax: plots.decision_line(
        np.eye(2), np.arange(2), np.eye(2), np.zeros(2), title="t", ax=ax
    ),
}
SEVERAL = {
    "learning_curve": (
        2,
        lambda ax: plots.learning_curve([2.0, 1.0], {"e": [2, 1]}, title="t", ax=ax),
    ),
    "prediction": (
        2,
        lambda ax: plots.prediction(np.eye(2), (2, 2), np.ones(2) / 2, "ab", title="t", ax=ax),
    ),
    "reading": (
        2,
        lambda ax: plots.reading(
            np.ones((1, 4)), (2, 2), np.ones((1, 2, 2)) / 2, "ab", title="t", ax=ax
        ),
    ),
    "feature_maps": (
        2,
        lambda ax: plots.feature_maps(np.eye(2), [np.ones((3, 2, 2))], title="t", ax=ax),
    ),
}


class TestAxesOfTheCallers:
    @pytest.mark.parametrize("name", ONE)
    def test_one(self, name):
        figure = Figure()
        left, right = figure.subplots(1, 2)
        assert ONE[name](left) is figure
        assert left.has_data()
        assert left.get_title() == "t"
        assert not right.has_data()

    @pytest.mark.parametrize("name", SEVERAL)
    def test_several(self, name):
        count, draw = SEVERAL[name]
        figure = Figure()
        axes = figure.subplots(1, count)
        assert draw(axes) is figure
        assert all(a.has_data() for a in axes)
        with pytest.raises(ValueError, match=f"t: {count} axes are drawn, and ax holds 1"):
            draw([axes[0]])

    def test_every_picture_takes_them(self):
        drawing = {
            name
            for name, f in vars(plots).items()
            if inspect.isfunction(f)
            and "ax" in inspect.signature(f).parameters
            and not name.startswith("_")
        }
        figures = {
            name
            for name, f in vars(plots).items()
            if inspect.isfunction(f)
            and f.__annotations__.get("return") == "Figure"
            and not name.startswith("_")
        }
        assert drawing == figures
        assert drawing == {*ONE, *SEVERAL}


@pytest.mark.parametrize("draw", [*ONE.values(), *(draw for _, draw in SEVERAL.values())])
def test_notebooks_display_every_picture(draw):
    picture = draw(None)._repr_png_()
    assert Image.open(io.BytesIO(picture)).size > (100, 100)
