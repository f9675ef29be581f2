// One sound and one vibration for each verdict, different in pitch, rhythm and length: told apart with eyes closed.
const TUNES = {
  accepted: { wave: "sine", notes: [[880, 0, 0.1], [1320, 0.11, 0.16]], shake: [60] },
  already_done: { wave: "sine", notes: [[660, 0, 0.09], [660, 0.16, 0.09]], shake: [40, 60, 40] },
  refused: { wave: "sawtooth", notes: [[150, 0, 0.32], [110, 0.38, 0.5]], shake: [350, 120, 350] },
  attention: { wave: "square", notes: [[740, 0, 0.1], [554, 0.14, 0.1], [740, 0.28, 0.1]], shake: [120, 80, 120, 80, 120] },
  waiting: { wave: "sine", notes: [[330, 0, 0.08]], shake: [20] },
};
let context = null;

export function play(verdict) {
  const tune = TUNES[verdict] ?? TUNES.attention;
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return; // browsers keep a fresh page silent
  navigator.vibrate?.(tune.shake);
  context ??= new AudioContext();
  context.resume();
  for (const [pitch, start, length] of tune.notes) {
    const at = context.currentTime + start;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.type = tune.wave;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.5, at + 0.01);
    loudness.gain.setValueAtTime(0.5, at + length - 0.02);
    loudness.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
