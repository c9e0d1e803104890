// The schedule editor: where the caret stands, keys of its own, and a draft that outlives a closed tab.
const drafts = 'scheduler-draft:';

export function watchCaret(field, page) {
  if (!field) return { stop() {} }; // the page was left before this script was there
  let told = null;
  function tell() {
    const at = document.activeElement === field ? field.selectionStart : null;
    if (at === told) return;
    told = at;
    page.invokeMethodAsync('Caret', at).catch(() => {});
  }
  const events = ['selectionchange', 'focusin', 'focusout'];
  const later = () => setTimeout(tell);
  for (const name of events) document.addEventListener(name, later);
  field.addEventListener('input', later);
  later();
  return { stop() { for (const name of events) document.removeEventListener(name, later); } };
}

// Ctrl+S saves and Ctrl+Enter tries; what is being typed is taken in first. In an open list of choices, arrows and Enter belong to the list.
export function watchKeys(form) {
  if (!form) return { stop() {} };
  function onKey(event) {
    const field = event.target;
    if (field.matches?.('[role=combobox][aria-expanded=true]') && ['ArrowDown', 'ArrowUp', 'Enter'].includes(event.key)) event.preventDefault();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || document.querySelector('dialog[open]')) return;
    const key = event.key.toLowerCase();
    if (key !== 's' && key !== 'enter') return;
    const button = form.querySelector(key === 's' ? '[data-save]' : '[data-try]');
    if (!button) return;
    event.preventDefault();
    if (form.contains(document.activeElement)) {
      const active = document.activeElement;
      active.blur();
      active.focus();
    }
    button.click();
  }
  document.addEventListener('keydown', onKey);
  return { stop() { document.removeEventListener('keydown', onKey); } };
}

export function keep(name, draft) {
  try {
    localStorage.setItem(drafts + name, draft);
  } catch {
    // The browser lets us store nothing: then there is no draft.
  }
}

export const read = name => localStorage.getItem(drafts + name);
export const forget = name => localStorage.removeItem(drafts + name);
