"""Networks that look at pictures through windows: layers, and LeNet in three forms."""

from .layers import Conv2D, Radial, Subsampling
from .lenet import LeNet

__all__ = ["Conv2D", "LeNet", "Radial", "Subsampling"]
