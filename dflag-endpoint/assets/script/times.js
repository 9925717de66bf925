
// ---- Times ----

// Seconds in the largest unit of which there are `least`.
function about(seconds, least) {
  const [size, unit] = [[86_400, 'd'], [3600, 'h'], [60, 'min']].find(([size]) => seconds >= least * size) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

function updateAges() {
  for (const time of document.querySelectorAll('time')) {
    const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.classList.contains('until')) time.textContent = `in ${about(Math.max(0, -seconds), 2)}`;
    else time.dataset.ago = `${about(Math.max(0, seconds), 1)} ago`;
  }
}

setInterval(updateAges, 1000);
