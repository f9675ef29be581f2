"""Triggers that keep the journal append-only and gapless, whoever speaks to the database.

They stop mistakes and casual edits from any client; somebody who owns the file can drop them, which is
what the hash chain is for.
"""

from __future__ import annotations

SQLITE = (
    """CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
       BEGIN SELECT RAISE(ABORT, 'the journal is append-only: events are never changed'); END""",
    """CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
       BEGIN SELECT RAISE(ABORT, 'the journal is append-only: events are never deleted'); END""",
    # Also stops INSERT OR REPLACE, which fires no delete trigger.
    """CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event
       WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event)
       BEGIN SELECT RAISE(ABORT, 'the journal has no gaps: an event follows the last one'); END""",
)

POSTGRESQL = (
    """CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the journal is append-only: events are never changed or deleted'; END $$""",
    """CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
       FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()""",
    """CREATE FUNCTION event_follows_the_last() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM event) THEN
           RAISE EXCEPTION 'the journal has no gaps: an event follows the last one';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event
       FOR EACH ROW EXECUTE FUNCTION event_follows_the_last()""",
)
