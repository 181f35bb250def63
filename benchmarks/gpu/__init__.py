"""The parts of `benchmarks.gpu_attention`: variants, cases, equality, measuring, training."""
