"""Analyses of loop programs that any target may use: signatures of kernels, parts and memory of the
host program, strip mining of random draws, and estimates of the time of a call."""
