// Makes a station page open without a network from its first visit on: the worker is told which page and files to keep,
// since those of the very first visit came before there was one. `more` are files that are fetched only when needed.
// A page that came by plain http from another machine gets no worker, no camera and no cryptography: it says so.
export async function keep(worker, stations, more = []) {
  if (!globalThis.isSecureContext) {
    document.getElementById("insecure").hidden = false;
    document.getElementById("known-none").hidden = true;
  }
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(`${worker}?stations=${[...new Set(stations)].join()}`, { scope: "/" });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => new URL(name).pathname.startsWith("/static/"));
  active.postMessage({ page: location.href, files: [...new Set([...files, ...more.map((name) => new URL(name, location.href).href)])] });
}
