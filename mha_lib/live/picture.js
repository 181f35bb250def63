// The parts of the picture: elements, the page's colours, heat maps, and lines from queries to keys.
(() => {
  const live = (globalThis.mhaLive ??= {});
  const SVG = "http://www.w3.org/2000/svg";

  // Make an element. Text only ever becomes text, so nothing that a reader types is read as HTML.
  live.make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) set(element, key, value);
    element.append(...children);
    return element;
  };

  function set(element, key, value) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }

  // The book's pages, JupyterLab and VS Code say which colours they are in; elsewhere the system is asked.
  const DARK = matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    const page = document.documentElement.dataset, body = document.body.dataset;
    if (page.theme) return page.theme === "dark";
    if (body.jpThemeLight) return body.jpThemeLight === "false";
    if (body.vscodeThemeKind) return /dark|contrast$/.test(body.vscodeThemeKind);
    return DARK.matches;
  }

  // Call `change` with true (dark) or false, now and whenever it changes.
  live.onColours = (change) => {
    const tell = () => change(isDark());
    const attributeFilter = ["data-theme", "data-jp-theme-light", "data-vscode-theme-kind"];
    for (const element of [document.documentElement, document.body])
      new MutationObserver(tell).observe(element, { attributes: true, attributeFilter });
    DARK.addEventListener("change", tell);
    tell();
  };

  // Paint weights (rows, columns) on a canvas, one pixel each: the more, the less transparent the ink.
  live.paint = (canvas, weights, rows, columns, ink) => {
    canvas.width = columns;
    canvas.height = rows;
    const image = new ImageData(columns, rows);
    weights.forEach((weight, i) => image.data.set([...ink, Math.round(255 * weight)], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
  };

  // Draw each weight of 0.02 and more as a line from its query, on the left, to its key. One query can be singled out.
  live.drawLines = (svg, weights, rows, columns, only) => {
    const height = Math.max(rows, columns);
    svg.setAttribute("viewBox", `0 0 100 ${height}`);
    svg.replaceChildren();
    weights.forEach((weight, i) => {
      const query = Math.floor(i / columns);
      if (weight < 0.02 || (only !== null && only !== query)) return;
      svg.append(line(query + 0.5, (i % columns) + 0.5, weight));
    });
  };

  function line(from, to, weight) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", `M0 ${from} C45 ${from} 55 ${to} 100 ${to}`);
    path.setAttribute("stroke-opacity", weight.toFixed(3));
    path.setAttribute("stroke-width", (1 + 3 * weight).toFixed(2));
    return path;
  }

  live.makeSvg = () => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    return svg;
  };

  live.percent = (weight) => `${(100 * weight).toFixed(weight < 0.0995 ? 1 : 0)} %`;

  // One of several buttons is in the tab order; arrow keys go to the others. `columns` to a row.
  live.rove = (group, columns) => {
    const buttons = [...group.querySelectorAll("button")];
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    group.onkeydown = (event) => {
      const here = buttons.indexOf(event.target.closest("button"));
      const ends = { Home: 0, End: buttons.length - 1 };
      const next = event.key in ends ? ends[event.key] : here + steps[event.key];
      if (!buttons[next]) return;
      event.preventDefault();
      live.tabTo(buttons, next);
      buttons[next].focus();
    };
  };

  live.tabTo = (buttons, chosen) => buttons.forEach((button, i) => (button.tabIndex = i === chosen ? 0 : -1));
})();
