// A table wider than the page scrolls by itself (mha.css), so a keyboard must be able to reach it.
function letKeyboardReachWideTables() {
  for (const table of document.querySelectorAll(".bd-content table")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
    else table.removeAttribute("tabindex");
  }
}

addEventListener("load", letKeyboardReachWideTables);
addEventListener("resize", letKeyboardReachWideTables);
