"""Designs: rows under constraints: some letters alone, near a template, no copies, the best of many."""
