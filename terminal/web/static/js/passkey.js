// Passkeys: sign in, prove anew who one is, add one. The buttons are there only where the browser can do it.
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const KNOWN = "karvon-passkey";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (all = []) => all.map((one) => ({ ...one, id: toBytes(one.id) }));

async function send(path, body) {
  const answer = await fetch(`/api/v1${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(told.detail), { code: told.code });
  return told;
}

async function used(begin) {
  const { token, options } = await send(begin, {});
  const made = await navigator.credentials.get({
    publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: listed(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
  const response = {
    clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature),
    ...(userHandle && { userHandle: toText(userHandle) }),
  };
  return { token, credential: { id: made.id, rawId: toText(made.rawId), type: made.type, response } };
}

async function created(name) {
  const { token, options } = await send("/session/factors/passkey/begin", {});
  const made = await navigator.credentials.create({
    publicKey: {
      ...options, challenge: toBytes(options.challenge), user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  const response = { clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject) };
  return { token, name, credential: { id: made.id, rawId: toText(made.rawId), type: made.type, response } };
}

const DOES = {
  async "sign-in"(button) {
    await send("/session/passkey", await used("/session/passkey/begin"));
    location.assign(button.dataset.next || "/");
  },
  async "step-up"(button) {
    await send("/session/step-up/passkey", await used("/session/step-up/passkey/begin"));
    const field = button.closest("form")?.querySelector("[name=password]");
    if (field) Object.assign(field, { required: false, value: "" });
    return button.dataset.done;
  },
  async add(button) {
    const name = button.closest("form")?.querySelector("[name=name]")?.value ?? "";
    await send("/session/factors/passkey", await created(name));
    location.assign("/account");
  },
};

for (const button of document.querySelectorAll("[data-passkey]")) {
  const what = button.dataset.passkey;
  const place = button.parentElement.querySelector("[data-passkey-said]");
  button.hidden = !globalThis.PublicKeyCredential || (what === "step-up" && !localStorage.getItem(KNOWN));
  button.addEventListener("click", async () => {
    button.disabled = true;
    place.textContent = "";
    try {
      place.textContent = (await DOES[what](button)) ?? "";
      localStorage.setItem(KNOWN, "1");
    } catch (error) {
      place.textContent = error.code === "no_passkeys_here" ? button.dataset.elsewhere : button.dataset.failed;
    } finally {
      button.disabled = false;
    }
  });
}
