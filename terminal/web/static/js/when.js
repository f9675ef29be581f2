// A moment as the pages write it: day.month.year and hour:minute of Tashkent, in the digits of the language.
const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  calendar: "gregory", timeZone: "Asia/Tashkent", hourCycle: "h23", day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit",
});

export function when(moment) {
  const part = Object.fromEntries(format.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
  return `${part.day}.${part.month}.${part.year} ${part.hour}:${part.minute}`;
}
