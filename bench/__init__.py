"""Bench: spinodal beside bare products and peers (`make bench`), and beside the papers (`-m bench.reproduction`)."""
