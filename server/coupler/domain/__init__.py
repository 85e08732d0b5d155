"""What is true about couplings, whatever database, protocol or web framework is used.

Pure Python: no I/O, no clock, no environment, standard library only (held by import-linter).
"""
