"""OpenCL C from the loop program."""
