"""Group commit: many callers, one transaction, one flush to disk, and nobody hears "yes" before it.

There is no timer. A batch is whatever arrived while the commit before it was on its way to the disk, so a
lone caller waits for nobody and a crowd shares the price of the flush. Each work can be
undone by itself: what it raises goes to its own caller and its neighbours never notice. When COMMIT fails, every caller
of the batch gets :class:`StoreUnavailable`, because none of it is durable.

On SQLite the statements run on the event loop's thread and only COMMIT (the wait for the disk) in a thread:
two threads that pass the interpreter lock to and fro for each statement would cost more than the statements.
On PostgreSQL every statement waits for a network, so the whole batch runs in the thread.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

import psycopg

from terminal.store.bell import Bell
from terminal.store.books import Books, Mark
from terminal.store.deferred import Soon
from terminal.store.errors import Busy, StoreUnavailable
from terminal.store.snapshots import Caches
from terminal.store.sql import Connection
from terminal.store.turns import Turns

T = TypeVar("T")
Work = Callable[[Books], T]

BATCH = 256  # works in one commit at most
SLICE_S = 0.02  # and, on the loop, no new work after this long, so that the loop stays lively
CLOSING_S = 10.0
QUEUE = 4096  # works that may wait; beyond that callers are told to come back


def database_failed(error: BaseException) -> bool:
    """True when the database failed and not the work: disk full, file damaged, server gone.

    A mistake in one work's SQL, or a broken rule of a table, is that work's own and leaves its neighbours alone.
    """
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH)
    return isinstance(error, psycopg.OperationalError | psycopg.InternalError | StoreUnavailable)


class Request(Generic[T]):
    """One work and who is told once it is durable: ``result`` or ``error`` is what to tell."""

    __slots__ = ("done", "error", "future", "result", "soon", "work")

    def __init__(
        self, work: Work[T], done: Callable[[Request[T]], None] | None = None, soon: Soon | None = None
    ) -> None:
        self.work = work
        self.soon = soon
        self.done = done
        self.future: asyncio.Future[T] | None = (
            None  # where somebody waits for it, who may have gone by its turn
        )
        self.result: T | None = None
        self.error: BaseException | None = None


class Writer:
    """The one way to write. Owns the write connection; safe from one event loop and any threads."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        bell: Bell,
        *,
        on_loop: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        after_write: Callable[[], None] | None = None,
        queue: int = QUEUE,
    ) -> None:
        self._connect = connect
        self._bell = bell
        self._on_loop = on_loop
        self._clock = clock
        self._after_write = after_write
        self._queue = queue
        self._caches = Caches()
        self._turns = Turns()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="karvon-commit")
        self._waiting: deque[Request[Any]] = deque()
        self._drainer: asyncio.Task[None] | None = None
        self._closed = False
        self._connection: Connection | None = connect()

    # --- for callers ----------------------------------------------------------------------------
    async def write(self, work: Work[T], soon: Soon | None = None) -> T:
        """Run ``work`` in a write transaction; returns its result when it is on disk.

        ``soon`` tells what the work is going to look up.

        Raises what the work raised (nothing of it is kept then), :class:`Busy` when too many wait,
        :class:`StoreUnavailable` when the commit failed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self.submit(work, partial(_resolve, future), soon).future = future
        return await future

    def submit(
        self, work: Work[T], done: Callable[[Request[T]], None], soon: Soon | None = None
    ) -> Request[T]:
        """As :meth:`write`, for callers on the loop who want to be called back: ``done`` is, with result or error.

        It must not raise, and must not wait. Raises :class:`Busy` and :class:`StoreUnavailable` at once.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) >= self._queue:
            raise Busy(len(self._waiting))
        request = Request(work, done, soon)
        self._waiting.append(request)
        loop = asyncio.get_running_loop()
        if self._drainer is None or self._drainer.done() or self._drainer.get_loop() is not loop:
            self._drainer = loop.create_task(self._drain())
        return request

    def write_now(self, work: Work[T]) -> T:
        """As :meth:`write`, for threads and commands: blocks until it is on disk. Never call it on the loop."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        self._turns.acquire()
        try:
            batch = _Batch(self)
            request: Request[T] = Request(work)
            batch.run(request)
            if request.error is None or batch.broken is not None:
                batch.commit()
            else:
                batch.drop()
        finally:
            self._turns.release()
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]  # the work's own None is a result too

    async def drained(self) -> None:
        """Return when every write asked for so far has been answered."""
        if self._drainer is not None and not self._drainer.done():
            await asyncio.wait([self._drainer])

    @property
    def depth(self) -> int:
        """Works that wait now: for metrics and back-pressure."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish the commit under way and close the connection; later writes are refused."""
        self._closed = True
        ours = self._turns.acquire_first(CLOSING_S)
        try:
            self._thread.shutdown(wait=ours)
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        finally:
            if ours:
                self._turns.release()

    # --- inside ---------------------------------------------------------------------------------
    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._turns.acquire_soon()
            if self._closed:
                self._turns.release()
                self._refuse()
                return
            taken: list[Request[Any]] = []
            try:
                finish = self._statements(taken) if self._on_loop else self._all_in_thread(taken)
            except BaseException:
                self._turns.release()
                raise
            # The thread gives the turn back, not this task: a cancelled task must not free a connection in use.
            await loop.run_in_executor(self._thread, self._finish, finish)
            for request in taken:
                _answer(request)

    def _refuse(self) -> None:
        while self._waiting:
            request = self._waiting.popleft()
            request.error = StoreUnavailable("the store was closed")
            _answer(request)

    def _all_in_thread(self, taken: list[Request[Any]]) -> Callable[[], None]:
        def batch() -> None:
            self._statements(taken)()

        return batch

    def _finish(self, finish: Callable[[], None]) -> None:
        try:
            finish()
        finally:
            self._turns.release()

    def _statements(self, taken: list[Request[Any]]) -> Callable[[], None]:
        """Run works until the batch is full; returns what makes them durable. Never raises."""
        batch = _Batch(self)
        if not self._on_loop:
            batch.foresee([one.soon for one in islice(list(self._waiting), BATCH) if one.soon is not None])
        until = time.perf_counter() + SLICE_S if self._on_loop else math.inf
        while self._waiting and len(taken) < BATCH and time.perf_counter() < until:
            request = self._waiting.popleft()
            if request.future is not None and request.future.cancelled():
                continue
            taken.append(request)
            batch.run(request)
            if batch.broken is not None:
                break

        def commit() -> None:
            try:
                batch.commit()
            except StoreUnavailable as failure:
                for request in taken:
                    request.error = failure

        return commit

    def connection(self) -> Connection:
        """The write connection, opened again when the last one broke. Raises :class:`StoreUnavailable`."""
        if self._connection is not None and not self._connection.usable:
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def books(self, connection: Connection) -> Books:
        """Books for one transaction."""
        return Books(connection, self._caches, self._clock)

    def committed(self, books: Books) -> None:
        """Tell whoever listens."""
        if books.grown:
            self._bell.ring(books.head().seq)
        if self._after_write is not None:
            self._after_write()

    def forget(self) -> None:
        """A transaction was rolled back as a whole: what it cached never happened."""
        self._caches.clear()
        # Where the log itself has filled the disk, only moving it into the file makes room again.
        if self._after_write is not None:
            self._after_write()


class _Batch:
    """One write transaction and the works inside it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._connection: Connection | None = None
        self._books: Books | None = None
        self.broken: BaseException | None = None  # why nothing of this batch can be kept

    def _open(self) -> tuple[Connection, Books]:
        if self._connection is None or self._books is None:
            self._connection = self._begin()
            self._books = self._writer.books(self._connection)
        return self._connection, self._books

    def foresee(self, soon: list[Soon]) -> None:
        """Look up at once what the works of the batch are going to need."""
        if len(soon) < 2:
            return
        try:
            self._open()[1].foresee(soon)
        except Exception as error:  # noqa: BLE001, RUF100 - the transaction is of no use any more
            self.broken = error

    def _begin(self) -> Connection:
        connection = self._writer.connection()
        try:
            connection.begin_writing()
        except psycopg.OperationalError:
            # It died while it rested (the server was restarted). Nothing has run yet: a new one may begin.
            if connection.usable:
                raise
            connection = self._writer.connection()
            connection.begin_writing()
        return connection

    def run(self, request: Request[T]) -> None:
        """Run one work by itself; result or error stay in the request until the commit."""
        if self.broken is not None:
            return
        try:
            connection, books = self._open()
        except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, no work of this batch can run
            self.broken = error
            return
        mark = books.mark()
        try:
            request.result = request.work(books)
        except Exception as error:  # noqa: BLE001, RUF100 - it belongs to the caller of this work
            request.error = error
            self._undo(connection, books, mark, error)
        except BaseException:
            self.drop()
            raise

    def _undo(self, connection: Connection, books: Books, mark: Mark, error: Exception) -> None:
        try:
            if database_failed(error) or not connection.in_transaction:
                self.broken = error
            else:
                books.revert(mark, error)
        except Exception as failure:  # noqa: BLE001, RUF100 - what this work did is still there, hence the whole batch
            self.broken = failure

    def commit(self) -> None:
        """Make the batch durable, or raise :class:`StoreUnavailable` with nothing of it kept."""
        if self._connection is None or self._books is None:
            if self.broken is not None:
                self.drop()
                raise _unavailable(self.broken)
            return
        try:
            if self.broken is not None:
                raise self.broken
            with self._connection.together():
                self._books.settle()
                if self._books.grown:
                    self._connection.announce(self._books.head().seq)
                self._connection.commit()
        except Exception as error:
            self.drop()
            raise _unavailable(error) from error
        self._writer.committed(self._books)

    def drop(self) -> None:
        """Roll the whole batch back."""
        self._writer.forget()
        if self._connection is not None:
            self._connection.rollback()


def _unavailable(error: BaseException) -> StoreUnavailable:
    if isinstance(error, StoreUnavailable):
        return error
    return StoreUnavailable(f"the write was not made durable: {error}")


def _answer(request: Request[Any]) -> None:
    if request.done is not None:
        request.done(request)


def _resolve(future: asyncio.Future[T], request: Request[T]) -> None:
    if future.done():  # its caller went away meanwhile
        return
    if request.error is not None:
        future.set_exception(request.error)
    else:
        future.set_result(request.result)  # type: ignore[arg-type]  # the work's own None is a result too
