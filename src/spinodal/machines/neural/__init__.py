"""Neural: machines whose energy is a neural network, the moves of their chains, and energies that have names."""
