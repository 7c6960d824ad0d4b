"""Run loop programs on devices by OpenCL."""
