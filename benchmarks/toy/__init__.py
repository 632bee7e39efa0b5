"""The toy world, four times: plain Mesa, numpy, compiled by numba, and C with AVX2 intrinsics."""
