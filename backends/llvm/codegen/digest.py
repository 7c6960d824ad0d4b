"""The digest that identifies code: BLAKE2b (RFC 7693)."""

try:
    # CPython's own module: hashlib would load OpenSSL as well, which takes 3 ms.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

# Bytes of a digest.
DIGEST = 32

__all__ = ["DIGEST", "blake2b"]
