"""A picture seen through windows, as in the book's section 5.2: what two maps make of its colours
before anything is learned, and what one does that finds edges. Draws `convolution.png`.

    python examples/convolution.py [FOLDER [IMAGE]]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image
from symgraph.models import plots
from symgraph.models.convolutional import Conv2D

import symgraph as sg
import symgraph.tensor as T


def pixels(path: str | None) -> np.ndarray:
    """The colours of a picture, (3, rows, columns) between 0 and 1; of a Chinese temple if None."""
    image = Image.fromarray(load_sample_image("china.jpg")) if path is None else Image.open(path)
    image = image.convert("RGB")
    image.thumbnail((256, 256))
    return np.asarray(image, "float32").transpose(2, 0, 1) / 255


def main(folder: Path, path: str | None = None) -> np.ndarray:
    """Draw the picture and its maps; what finds edges answers: (rows, columns)."""
    picture = pixels(path)
    x = T.ftensor3("x")
    layer = Conv2D(3, 2, (3, 3), border_mode="half", rng=np.random.default_rng(3), dtype="float32")
    maps = layer(x.dimshuffle("x", 0, 1, 2))[0]
    # Laplace's window: nothing where the colours are even.
    window = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], "float32")
    grey = x.mean(axis=0).dimshuffle("x", "x", 0, 1)
    edges = T.nnet.conv2d(grey, T.constant(window[None, None]), border_mode="half")[0, 0]
    look = sg.function([x], [T.nnet.relu(maps), T.nnet.sigmoid(maps), abs(edges)])
    rectified, squashed, found = look(picture)

    strip = [picture.mean(axis=0), *rectified, *squashed, found / found.max()]
    names = ["grey", "map 1, relu", "map 2, relu", "map 1, sigmoid", "map 2, sigmoid", "edges"]
    # Galleries draw 1 black; of edges that is what is wanted, of the others their range matters.
    spans = [(image - image.min()) / max(np.ptp(image), 1e-6) for image in strip]
    images = np.stack([1 - span for span in spans[:-1]] + [spans[-1]])
    figure = plots.digit_gallery(
        images, picture.shape[1:], names, title="A picture through windows of 3 x 3", columns=3
    )
    print("drawn:", plots.save(figure, folder / "convolution.png"))
    return found


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "."), *given[1:2])
