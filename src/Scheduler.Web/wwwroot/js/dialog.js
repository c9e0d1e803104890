// Native modal dialogs for components: the browser keeps the focus inside and gives it back afterwards.
export function open(dialog) {
  if (!dialog) return; // the page was left before this script was there
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('input')?.focus();
}

export function close(dialog) {
  if (dialog?.open) dialog.close();
}
