// Keyboard shortcuts. Single letters rest while somebody types, and where the account has switched them off.
let waitingForPlace = 0;

const typing = target => target.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox]');

function go(href) {
  if (window.Blazor) window.Blazor.navigateTo(href);
  else location.href = href;
}

function focusOn(field) {
  field?.focus();
  field?.select?.();
}

// Lists mark their rows with data-row, and the link that opens one with data-open.
function moveRow(step) {
  const rows = [...document.querySelectorAll('main [data-row]')];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement?.closest('[data-row]'));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  (row.querySelector('[data-open]') ?? row).focus();
  return true;
}

// What a key does to the row with the focus, or to all that are selected: their buttons say so with data-act and data-act-all.
function act(name) {
  const all = document.querySelector(`main [data-act-all="${name}"]`);
  const button = all ?? document.activeElement?.closest('[data-row]')?.querySelector(`[data-act="${name}"]`);
  button?.click();
  return !!button;
}

const singles = {
  '?': () => { document.getElementById('help-dialog')?.showModal(); return true; },
  '/': () => { focusOn(document.querySelector('main [data-filter]') ?? document.querySelector('.search-input')); return true; },
  'j': () => moveRow(1),
  'k': () => moveRow(-1),
  'x': () => act('select'),
  'p': () => act('pause'),
  'r': () => act('run'),
  'E': () => { const link = document.querySelector('a[data-emergency]'); if (link) go(link.getAttribute('href')); return !!link; },
  'n': () => { const link = document.querySelector('main [data-new]'); link?.click(); return !!link; },
};

export function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    focusOn(document.querySelector('.search-input'));
    return;
  }
  if (event.key === 'Escape' && event.target.matches?.('.search-input, [data-filter]')) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === 'off') return;
  if (typing(event.target) || document.querySelector('dialog[open], .rz-dialog')) return;

  if (waitingForPlace && event.timeStamp - waitingForPlace < 1500) {
    waitingForPlace = 0;
    const place = document.querySelector(`.side a[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (place) {
      event.preventDefault();
      go(place.getAttribute('href'));
    }
    return;
  }
  if (event.key === 'g') waitingForPlace = event.timeStamp;
  else if (singles[event.key]?.()) event.preventDefault();
}
