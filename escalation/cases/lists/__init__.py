"""Lists of cases and measures that a centre brings along: shown before anything is made, and taken back as one act."""
