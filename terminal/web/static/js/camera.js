// The phone as a scanner: live picture read in the page, or a photo read by the server. Loaded only when asked for.
const FORMATS = ["Code128", "DataMatrix", "QRCode", "ITF", "EAN13", "DataBar", "DataBarExpanded", "Code39", "PDF417", "Aztec"];
let reader = null;

async function inPage(vendor) {
  if (!reader) {
    const zxing = await import(`${vendor}/zxing/reader/index.js`);
    zxing.prepareZXingModule({ overrides: { locateFile: (name) => `${vendor}/zxing/${name}` } });
    reader = (picture) => zxing.readBarcodes(picture, { formats: FORMATS, textMode: "Plain", maxNumberOfSymbols: 4, tryHarder: true });
  }
  return reader;
}

// An SSCC label carries several codes; the one that names the unit comes first.
export function best(codes) {
  const rank = ({ text }) => (/^(\(00\)|00)\d{18}$/.test(text) || /\/00\/\d{18}/.test(text) ? 0 : /^\d{18}$/.test(text) ? 1 : 2);
  return [...codes].filter((code) => code.text).sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

export class Camera {
  constructor(video, vendor, onCode) { Object.assign(this, { video, vendor, onCode, stream: null, seen: new Map() }); }

  // Resolves when the picture runs; rejects when the device gives none (no camera, no permission, no https).
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("no camera here");
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    this.video.srcObject = this.stream;
    await this.video.play();
    const read = await inPage(this.vendor);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const look = async () => {
      if (!this.stream) return;
      canvas.width = this.video.videoWidth;
      canvas.height = this.video.videoHeight;
      pen.drawImage(this.video, 0, 0);
      const found = await read(pen.getImageData(0, 0, canvas.width, canvas.height));
      this.take(found.filter((code) => code.isValid).map((code) => ({ text: code.text, symbology: code.symbologyIdentifier })));
      setTimeout(look, 120);
    };
    look();
  }

  // The same label in view is one scan, not thirty; it counts again after it was away for three seconds.
  take(codes) {
    const code = best(codes);
    if (!code) return;
    const now = performance.now();
    const last = this.seen.get(code.text) ?? -Infinity;
    this.seen.set(code.text, now);
    if (now - last > 3000) this.onCode(code);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}

// The codes in a photo: the server reads better than a phone; without a connection the page reads itself.
export async function readPhoto(file, vendor, csrf) {
  try {
    const answer = await fetch("/api/v1/pictures/codes", {
      method: "POST", body: file, headers: { "X-CSRF-Token": csrf, "Content-Type": file.type || "image/jpeg" },
    });
    if (answer.ok) return best((await answer.json()).codes.map(({ text, aim, symbology }) => ({ text, symbology: aim ?? symbology })));
  } catch { /* no connection: read here */ }
  const found = await (await inPage(vendor))(file);
  return best(found.filter((code) => code.isValid).map((code) => ({ text: code.text, symbology: code.symbologyIdentifier })));
}
