"""What the register decides, without database, clock or I/O: a module for each state machine and each reckoning."""
