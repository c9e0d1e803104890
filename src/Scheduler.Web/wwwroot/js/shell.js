// The frame around every page: theme, clock choice, navigation, menus, keys. Works without a circuit.
import './clock.js';
import { onKey } from './keys.js';

const root = document.documentElement;
const year = 365 * 24 * 3600;

function remember(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
}

function setTheme(theme) {
  root.dataset.theme = theme;
  for (const sheet of document.querySelectorAll('link[data-theme-sheet]'))
    sheet.media = theme === 'system' ? `(prefers-color-scheme: ${sheet.dataset.themeSheet})` : sheet.dataset.themeSheet === theme ? 'all' : 'not all';
  remember('scheduler-theme', theme);
}

function setDrawer(open) {
  root.toggleAttribute('data-drawer', open);
  for (const toggle of document.querySelectorAll('[data-nav-toggle]')) toggle.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('.side a')?.focus();
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without https the clipboard is shut to us: select through a field instead.
    const field = Object.assign(document.createElement('textarea'), { value: button.dataset.copy });
    button.after(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  button.dataset.copied = '';
  setTimeout(() => delete button.dataset.copied, 1500);
}

document.addEventListener('click', event => {
  const on = selector => event.target.closest?.(selector);
  const theme = on('[data-set-theme]');
  const clock = on('[data-clock]');
  const copied = on('[data-copy]');
  if (theme) setTheme(theme.dataset.setTheme);
  else if (clock) {
    remember('scheduler-clock', clock.dataset.clock);
    if (!window.Blazor) location.reload();
  }
  else if (copied) copy(copied);
  else if (on('[data-nav-toggle]')) setDrawer(!root.hasAttribute('data-drawer'));
  else if (on('[data-nav-close]') || on('.side a')) setDrawer(false);
  else if (on('[data-nav-fold]')) {
    root.dataset.nav = root.dataset.nav === 'slim' ? 'wide' : 'slim';
    remember('scheduler-nav', root.dataset.nav);
  }
  else if (on('[data-help]')) {
    document.getElementById('account-menu')?.hidePopover?.();
    document.getElementById('help-dialog')?.showModal();
  }
  else if (on('[data-reload]')) location.reload();
  else if (event.target.id === 'help-dialog') event.target.close();
  // A link in a menu leads away: the menu has done its work.
  if (on('.menu a')) document.getElementById('account-menu')?.hidePopover?.();
});

document.addEventListener('submit', event => {
  const search = event.target.closest?.('form[data-search]');
  if (!search || !window.Blazor) return;
  event.preventDefault();
  const query = new FormData(search).get('q').trim();
  window.Blazor.navigateTo('/schedules' + (query ? '?q=' + encodeURIComponent(query) : ''));
});

document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && root.hasAttribute('data-drawer')) setDrawer(false);
  onKey(event);
});

// Whoever signs in next has no business with what the one before was writing.
if (location.pathname === '/signin' && new URLSearchParams(location.search).has('out'))
  for (const key of Object.keys(localStorage)) if (key.startsWith('scheduler-draft:')) localStorage.removeItem(key);

remember('scheduler-zone', Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC');
