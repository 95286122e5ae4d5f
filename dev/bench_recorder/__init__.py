"""The parts of dev/bench-recorder: a network of namespaces, real servers in them, faults of known length, and other recorders."""
