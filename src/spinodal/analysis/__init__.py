"""Analysis: what a trained machine knows: likelihoods, effects of mutations, deciding sites, contacts."""
