// SPDX-License-Identifier: Apache-2.0
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Infinity],
];

/** "21 Nov 2026, 14:03:22" in the reader's own time zone. */
export function exactTime(text) {
  return absolute.format(new Date(text));
}

/** "3 min. ago". */
export function timeAgo(text, now = Date.now()) {
  let amount = Math.min(0, (new Date(text).getTime() - now) / 1000);
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
    amount /= size;
  }
  return '';
}

/** "a", "a and b", "a, b and c". */
export function joinWords(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "1 agent", "2 agents". */
export function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** "AL" for "Ada Lovelace"; the first letter of the address when there is no name. */
export function initials(user) {
  const words = (user.name || user.email || user.id || '?').trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}
