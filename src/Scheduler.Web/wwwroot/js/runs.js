// Tells the list of runs whether somebody is at work in it: then new rows wait, so that nothing moves from under a click.
export function watch(frame, page) {
  if (!frame) return { stop() {} }; // the page was left before this script was there
  let over = false;
  let held = false;
  const mouse = matchMedia('(hover: hover)');

  function look() {
    const now = (over && mouse.matches) || frame.contains(document.activeElement) || scrollY > 48;
    if (now === held) return;
    held = now;
    page.invokeMethodAsync('HoldAsync', held).catch(() => {});
  }

  const enter = () => { over = true; look(); };
  const leave = () => { over = false; look(); };
  const later = () => setTimeout(look);
  frame.addEventListener('mouseenter', enter);
  frame.addEventListener('mouseleave', leave);
  frame.addEventListener('focusin', later);
  frame.addEventListener('focusout', later);
  addEventListener('scroll', look, { passive: true });
  look();

  return {
    stop() {
      frame.removeEventListener('mouseenter', enter);
      frame.removeEventListener('mouseleave', leave);
      frame.removeEventListener('focusin', later);
      frame.removeEventListener('focusout', later);
      removeEventListener('scroll', look);
    },
  };
}

export function toTop() {
  scrollTo({ top: 0 });
}
