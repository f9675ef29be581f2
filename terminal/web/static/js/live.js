// Follow the journal over server-sent events. The ids are journal numbers, so a reconnect misses nothing: the
// browser repeats the last one in Last-Event-ID, and a stream that the server closed for good is opened anew after it.

export function follow(after, onEntry, address = "/api/v1/stream") {
  let seen = after;
  let wait = 1000;
  let source = null;
  let stopped = false;
  const take = (event) => {
    const seq = Number(event.lastEventId);
    if (Number.isInteger(seq) && seq > 0) {
      if (seq <= seen) return;
      seen = seq;
    }
    onEntry(event);
  };
  const open = () => {
    source = new EventSource(`${address}?after=${seen}`);
    source.onopen = () => { wait = 1000; };
    source.onmessage = take;
    source.addEventListener("entry", take);
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED || stopped) return;
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 30000);
    };
  };
  open();
  return { close() { stopped = true; source.close(); }, get seen() { return seen; } };
}
