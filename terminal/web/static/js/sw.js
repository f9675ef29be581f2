// Keeps the scanning stations usable when the network is gone and the page is loaded again: static files come from the
// cache (their addresses change with every build), station pages from the network first and from the cache without it.
const BUILD = new URL(self.location).pathname.split("/")[2];
const STATIC = `karvon-static-${BUILD}`;
const PAGES = "karvon-pages";
const STATIONS = new Set((new URL(self.location).searchParams.get("stations") ?? "").split(","));

// A stock count is a station of its own while it lasts.
const isStation = (path) => STATIONS.has(path) || /^\/counts\/[0-9a-f-]{36}$/.test(path);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("karvon-static-") && name !== STATIC) await caches.delete(name);
  await self.clients.claim();
})()));

// Everything a station page is made of, told by the page itself. What cannot be fetched now is fetched when it is needed.
async function keepAll({ page, files }) {
  const cache = await caches.open(STATIC);
  const wanted = files.map(async (file) => (await cache.match(file)) ?? cache.add(file).catch(() => {}));
  const url = new URL(page);
  if (isStation(url.pathname) && !url.searchParams.has("plate") && !(await (await caches.open(PAGES)).match(page))) wanted.push(fromNetworkFirst(new Request(page)).catch(() => {}));
  await Promise.all(wanted);
}

self.addEventListener("message", (event) => event.waitUntil(
  keepAll(event.data).then(() => event.source?.postMessage("kept")),
));

async function fromCacheFirst(request) {
  const cache = await caches.open(STATIC);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) cache.put(request, answer.clone());
  return answer;
}

async function fromNetworkFirst(request) {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    const asked = new URL(request.url).searchParams; // a vehicle that was looked up is not for whoever comes next
    if (answer.ok && !answer.redirected && !asked.has("plate")) await cache.put(request, answer.clone());
    return answer;
  } catch (lost) {
    const kept = (await cache.match(request)) ?? (await cache.match(request, { ignoreSearch: true }));
    if (kept) return kept;
    throw lost;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fromCacheFirst(request));
  else if (request.mode === "navigate" && isStation(url.pathname)) event.respondWith(fromNetworkFirst(request));
});
