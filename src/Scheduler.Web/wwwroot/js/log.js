// Scrolling of a log: stays at its end while it follows, lets go when the reader scrolls up, and keeps the lines still when some are put before them.
export function attach(box, view) {
  if (!box) return { toEnd() {}, show() {}, stop() {} }; // the page was left before this script was there
  const near = () => box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  const following = () => box.dataset.follow === 'true';
  let last = box.scrollTop;
  let anchor = null;

  function settle(top) {
    box.scrollTop = top;
    last = box.scrollTop;
  }

  // The first line that is on the screen, and how far from the top: what must not move.
  function remember() {
    const edge = box.getBoundingClientRect().top;
    anchor = null;
    for (const line of box.querySelectorAll('.log-line')) {
      const { top, bottom } = line.getBoundingClientRect();
      if (bottom > edge) {
        anchor = { id: line.id, offset: top - edge };
        return;
      }
    }
  }

  function changed() {
    if (following()) settle(box.scrollHeight);
    else if (anchor) {
      const line = document.getElementById(anchor.id);
      if (line) settle(box.scrollTop + line.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.offset);
    }
  }

  let asked = 0;
  function scrolled() {
    const up = box.scrollTop < last - 1;
    const moved = Math.abs(box.scrollTop - last) > 1;
    last = box.scrollTop;
    if (!moved) return;
    if (following() && up) tell(false);
    else if (!following() && near() && box.dataset.atEnd === 'true') tell(true);
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(remember);
  }

  function tell(follow) {
    // At once, before the server answers: the next line must not pull the reader back.
    box.dataset.follow = String(follow);
    view.invokeMethodAsync('Follow', follow).catch(() => {});
  }

  // A click on a number chooses its line, with shift all lines from the chosen one to it. The address says so, and nothing scrolls.
  function clicked(event) {
    const number = event.target.closest?.('.log-number');
    if (!number || event.button !== 0 || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const from = /^#L(\d+)/.exec(location.hash)?.[1];
    let hash = `#${number.parentElement.id}`;
    if (event.shiftKey && from && number.dataset.line) {
      const [a, b] = [Number(from), Number(number.dataset.line)].sort((x, y) => x - y);
      hash = `#L${a}-${b}`;
    }
    history.replaceState(history.state, '', box.dataset.path + hash);
    view.invokeMethodAsync('Choose', hash).catch(() => {});
  }

  const observer = new MutationObserver(changed);
  observer.observe(box, { childList: true, subtree: true, characterData: true });
  const resized = new ResizeObserver(changed);
  resized.observe(box);
  box.addEventListener('scroll', scrolled, { passive: true });
  box.addEventListener('click', clicked, true);
  if (following()) settle(box.scrollHeight);

  return {
    toEnd() {
      settle(box.scrollHeight);
      remember();
    },
    show(id) {
      const line = document.getElementById(id);
      if (!line) return;
      settle(box.scrollTop + line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3);
      remember();
    },
    stop() {
      observer.disconnect();
      resized.disconnect();
      box.removeEventListener('scroll', scrolled);
      box.removeEventListener('click', clicked, true);
    },
  };
}
