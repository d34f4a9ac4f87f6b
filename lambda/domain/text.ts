/**
 * Makes untrusted text harmless in a terminal, a log or a page: control and format characters, which can run terminal
 * commands or reverse the direction of text, and lone surrogates become U+FFFD.
 */
export function plain(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // The zero-width joiner is harmless, and emoji need it.
    character === "\u200D" ? character : "\uFFFD",
  );
}

/** `2 changes`, `1 change`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** `1,234,567`, in every locale. */
export function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `4.2 s`, `12 min`, `3.5 h`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${Math.round(minutes * 10) / 10} min`;
  const hours = minutes / 60;
  if (hours < 72) return `${Math.round(hours * 10) / 10} h`;
  return `${Math.round(hours / 2.4) / 10} days`;
}

/** `2026-03-03 06:00:07 UTC`. */
export function moment(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}
