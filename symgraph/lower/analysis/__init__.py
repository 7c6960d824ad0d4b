"""Facts about loop programs that any target asks for: signatures of kernels, parts of the host
program and its memory, strips of random draws, and how long all that takes."""
