"""Data sets: the 5,000 digits at hand, MNIST in its usual files, tables, a user's own pictures."""

from .columns import TableForm
from .digits import digits_samples, load_digits
from .images import load_image
from .source import load_data
from .split import DataSet, Samples
from .table import load_target_table
from .text import Text, load_text
from .valuation import load_valuation, valuation_samples

__all__ = [
    "DataSet",
    "Samples",
    "TableForm",
    "Text",
    "digits_samples",
    "load_data",
    "load_digits",
    "load_image",
    "load_target_table",
    "load_text",
    "load_valuation",
    "valuation_samples",
]
