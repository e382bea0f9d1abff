"""Machines: units, layers and couplings, the rule that moves them, and what is known of them exactly."""
