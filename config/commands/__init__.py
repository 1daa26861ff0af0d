"""The commands of ``koza``, one module for each family; thin: they parse, call, print."""
