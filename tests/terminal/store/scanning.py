"""A process that scans until it is killed: prints each answer only after the store has given it.

python -m tests.terminal.store.scanning URL NAME
"""

from __future__ import annotations

import asyncio
import sys

from terminal.store import Books, Store
from tests.terminal.store.small import context, refused

CLIENTS = 8


async def scan(url: str, name: str) -> None:
    """Eight clients, each writing its next scan as soon as the last one was answered."""
    store = Store.open(url)

    async def client(number: int) -> None:
        count = 0
        while True:
            nonce = f"{name}-{number}-{count}"

            def work(books: Books, nonce: str = nonce) -> int:
                seq = books.record([refused()], context(nonce=nonce))
                books.remember("d", nonce, nonce.encode(), {"seq": seq})
                return seq

            seq = await store.write(work)
            print(nonce, seq, flush=True)
            count += 1

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))


if __name__ == "__main__":
    asyncio.run(scan(*sys.argv[1:]))
