"""Learning: the gradient of a machine, the step up, and the loop of updates."""
