// Starts the circuit and moves the lamp: Live, Reconnecting, Stale since hh:mm.
const dialog = document.getElementById('components-reconnect-modal');
let downSince = null;

function show(state, word) {
  document.documentElement.dataset.circuit = state;
  const lamp = document.getElementById('live-lamp');
  if (!lamp || lamp.dataset.state === state) return;
  lamp.dataset.state = state;
  // The text node stays the same one: the circuit goes on writing to it.
  lamp.querySelector('.lamp-word').firstChild.nodeValue = word;
}

function stale(now = false) {
  if (!downSince || (!now && Date.now() - downSince < 10_000)) return;
  const two = number => String(number).padStart(2, '0');
  show('stale', `Stale since ${two(downSince.getHours())}:${two(downSince.getMinutes())}`);
}

function look() {
  const is = name => dialog.classList.contains(`components-reconnect-${name}`);
  // The server has started anew or has forgotten this page: what is on screen can't be picked up again.
  if (is('rejected')) location.reload();
  else if (is('show')) {
    downSince ??= new Date();
    if (document.documentElement.dataset.circuit !== 'stale') show('reconnecting', 'Reconnecting');
  } else if (is('failed')) {
    downSince ??= new Date();
    stale(true);
  } else {
    downSince = null;
    show('live', 'Live');
  }
}

new MutationObserver(look).observe(dialog, { attributes: true, attributeFilter: ['class'] });
setInterval(stale, 1000);

// At once, then every second, then every five: a server that restarts is back within seconds, and a phone that slept for hours gets another chance.
const pause = attempt => attempt < 2 ? 300 : attempt < 30 ? 1000 : 5000;
window.Blazor.start({ circuit: { reconnectionOptions: { maxRetries: 10_000, retryIntervalMilliseconds: pause } } })
  .then(() => { document.documentElement.dataset.circuit = 'live'; });
