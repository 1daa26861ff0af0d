"""Pages to on-call staff: who is called, by which medium, in which order, until a person keeps a promise."""
