"""A Matplotlib figure that notebooks display; imported where one is drawn."""

import io

import matplotlib.figure


class NotebookFigure(matplotlib.figure.Figure):
    """Display itself as a picture at the end of a notebook's cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()
