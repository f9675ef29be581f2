"""Use cases: one function, one question, one commit. Readings and forms meet the rules here and nowhere else.

Every function takes the :class:`terminal.store.books.Books` of one write transaction and an
:class:`~terminal.cases.once.Request` (who, when, with which nonce), asks ``workflows`` and records what happened,
refusals included. They give an :class:`~terminal.cases.answers.Answer`; sentences are put to it at the edge.
"""
