// Keeps "in 5 h" and running durations true without asking the server: Time/InstantText.cs and DurationText.cs say the same words.
const serverTime = Number(document.querySelector('meta[name=server-time]')?.content);
const skew = serverTime ? serverTime - Date.now() : 0;

function length(seconds) {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 59.5 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 47.5 * 3600) return `${Math.round(seconds / 3600)} h`;
  const days = seconds / 86400;
  if (days < 59.5) return `${Math.round(days)} d`;
  return days < 730 ? `${Math.round(days / 30.44)} mo` : `${Math.round(days / 365.25)} y`;
}

function relative(milliseconds) {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 1) return 'now';
  return milliseconds > 0 ? `in ${length(seconds)}` : `${length(seconds)} ago`;
}

function duration(milliseconds) {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (large, unit, small, smallUnit) => small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86400) return two(Math.floor(s / 3600), 'h', Math.floor(s / 60) % 60, 'min');
  return two(Math.floor(s / 86400), 'd', Math.floor(s / 3600) % 24, 'h');
}

// The text node stays the same one: the circuit goes on writing to it.
function write(element, text) {
  const node = [...element.childNodes].find(n => n.nodeType === Node.TEXT_NODE);
  if (node && node.nodeValue !== text) node.nodeValue = text;
}

function tick() {
  if (document.hidden) return;
  const now = Date.now() + skew;
  for (const element of document.querySelectorAll('[data-relative]')) write(element, relative(Date.parse(element.closest('time').dateTime) - now));
  for (const element of document.querySelectorAll('[data-since]')) write(element, duration(now - Number(element.dataset.since)));
}

setInterval(tick, 1000);
document.addEventListener('visibilitychange', tick);
