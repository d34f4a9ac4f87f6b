/**
 * Names come from the tenant and are hostile: whatever shows them takes them through here. Characters that steer a
 * terminal or turn the direction of text (C0, C1, bidi, other format characters) and lone surrogates become visible.
 */
export function plain(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // Emoji are joined by it, and it does no harm.
    character === "\u200D" ? character : "\uFFFD",
  );
}

/** `2 changes`, `1 change`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** Digits in groups of three, the same everywhere: `1,234,567`. */
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
