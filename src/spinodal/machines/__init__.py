"""Machines: units, layers and couplings, the rule by which they move, and exact results for them."""
