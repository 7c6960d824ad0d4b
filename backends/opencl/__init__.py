"""The OpenCL back end: compiles loop programs to kernels for the devices of OpenCL."""
