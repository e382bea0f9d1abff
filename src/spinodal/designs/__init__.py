"""Designs: rows with wishes beside their labels: some letters alone, near a template, no copies, the best of many."""
