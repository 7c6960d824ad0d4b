"""Mathematical constants to 60 digits, and their splitting into sums of machine numbers."""

from decimal import Decimal
from fractions import Fraction
from functools import cache

from symgraph.backends.llvm.vecmath.values import Format

LN2 = "0.693147180559945309417232121458176568075500134360255254120680009493"
LOG2_E = "1.44269504088896340735992468100189213742664595415298593413544940693"
TWO_LOG2_E = "2.88539008177792681471984936200378427485329190830597186827089881386"
TWO_THIRDS_LOG2_E = "0.961796693925975604906616454001261424951097302768657289423632937954"
LOG10_E = "0.434294481903251827651128918916605082294397005803666566114453783166"
LOG10_2 = "0.301029995663981195213738894724493026768189881462108541310427461127"
PI = "3.14159265358979323846264338327950288419716939937510582097494459231"
HALF_PI = "1.57079632679489661923132169163975144209858469968755291048747229615"
QUARTER_PI = "0.785398163397448309615660845819875721049292349843776455243736148077"
# The positive zero of the digamma function is one more.
DIGAMMA_ROOT_LESS_1 = "0.461632144968362341262659542325721328468196204006446351295988408599"
HALF_LOG2_2PI = "1.32574806473615939902163964755400366750923846338152076470339425774"
HALF_LOG_2PI = "0.918938533204672741780329736405617639861397473637783412817151540483"


@cache
def parts(digits: str, format: Format, count: int, width: int | None = None) -> tuple[float, ...]:
    """Return `count` numbers of `format` whose sum approximates the constant as closely as
    possible.

    Each part is rounded to `width` significant bits (default: all that the format has), so that its
    product with a small integer is exact.
    """
    rest, result = Fraction(Decimal(digits)), []
    for _ in range(count):
        part = _rounded(rest, width or format.mantissa + 1)
        result.append(float(part))
        rest -= part
    return tuple(result)


def _rounded(value: Fraction, width: int) -> Fraction:
    exponent = width
    while abs(value) * 2**exponent >= 2**width:
        exponent -= 1
    while abs(value) * 2**exponent < 2 ** (width - 1):
        exponent += 1
    return Fraction(round(value * 2**exponent), 1) / Fraction(2) ** exponent
