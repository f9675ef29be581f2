"""What may happen at the terminal, as pure functions: no I/O, no clock, no database.

Three things move: a consignment, a handling unit, a visit. Holds, permissions and checks stand across
them. :func:`workflows.decide.decide` is the one door: it says what a step would do, or everything that
is missing; :func:`workflows.evolve.evolve` folds what happened back into state.
"""
