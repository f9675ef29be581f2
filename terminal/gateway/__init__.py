"""A gate PC: its own devices, a durable queue, and a line to the terminal that may be away for a week.

``configured`` reads ``gateway.toml``; ``credentials`` keeps the token; ``courier`` carries the queue to the terminal;
``running`` holds fleet, queue and courier together; ``status`` tells people how it is doing.
"""
