"""Pictures of training and of what was learned, as Matplotlib figures; no window is opened.

Every function returns a `matplotlib.figure.Figure`, which notebooks display; `save` writes one as a
PNG file. With `ax`, axes of the caller's (a sequence of them where several are drawn), the picture
is drawn there, and their figure is returned. Nothing here touches pyplot's global state, so the
functions may be called from any thread.
"""

from .canvas import save
from .curves import curve, learning_curve
from .images import digit_gallery, feature_maps, prediction, reading, weight_images
from .lines import decision_line, line_fit

__all__ = [
    "curve",
    "decision_line",
    "digit_gallery",
    "feature_maps",
    "learning_curve",
    "line_fit",
    "prediction",
    "reading",
    "save",
    "weight_images",
]
