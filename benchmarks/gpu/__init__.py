"""The rules and the toy world on a GPU, from the source that the processor runs."""
