"""Translate loop programs to native code, and resolve the symbols that it needs."""
