"""Networks that look at pictures through windows: layers, and LeNet in three forms."""

from .lenet import LeNet
from .map_layers import Conv2D, Radial, Subsampling

__all__ = ["Conv2D", "LeNet", "Radial", "Subsampling"]
