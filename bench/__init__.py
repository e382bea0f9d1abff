"""Benchmark: spinodal beside its bare matrix products and beside its peers, in the same process (`make bench`)."""
