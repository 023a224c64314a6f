// Language, sorting and printing. The page reads well in Chinese without this.
(function () {
  "use strict";
  var root = document.documentElement;
  var asked = (location.search + "&" + location.hash).match(/[?&#]lang=(zh|en)\b/);

  function speak(language) {
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-" + language + "]").forEach(function (one) {
      if (one.tagName === "TITLE") { one.textContent = one.dataset[language]; }
      else { one.title = one.dataset[language]; }
    });
    document.querySelectorAll("[data-" + language + "-label]").forEach(function (one) {
      one.setAttribute("aria-label", one.dataset[language + "Label"]);
    });
  }

  function keep(language) {
    // The address keeps the language, where the browser lets a local file do so.
    try {
      var address = new URL(location.href);
      address.searchParams.set("lang", language);
      history.replaceState(null, "", address);
    } catch (refused) { /* the page still speaks the language asked for */ }
  }

  function value(row, column) {
    var cell = row.cells[column];
    if (cell.dataset.v !== undefined) { return Number(cell.dataset.v); }
    if (cell.classList.contains("num")) { return NaN; }
    var shown = cell.querySelector("." + root.dataset.lang);
    return (shown || cell).textContent;
  }

  function sort(table, column, head) {
    var up = head.getAttribute("aria-sort") !== "ascending";
    var body = table.tBodies[0];
    var rows = Array.from(body.rows).map(function (row) { return [value(row, column), row]; });
    rows.sort(function (a, b) {
      if (typeof a[0] === "string") {
        return (up ? 1 : -1) * a[0].localeCompare(b[0], root.lang);
      }
      // What has no figure stays last, whichever way.
      if (isNaN(a[0]) || isNaN(b[0])) { return isNaN(a[0]) - isNaN(b[0]); }
      return up ? a[0] - b[0] : b[0] - a[0];
    });
    rows.forEach(function (one) { body.appendChild(one[1]); });
    Array.from(table.tHead.rows[0].cells).forEach(function (one) { one.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  function makeSortable(table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      var name = head.querySelector(".name");
      var words = name ? [name] : Array.from(head.childNodes);
      head.insertBefore(button, words[0]);
      words.forEach(function (one) { button.appendChild(one); });
      button.addEventListener("click", function () { sort(table, column, head); });
    });
  }

  if (asked) { root.dataset.lang = asked[1]; }
  document.addEventListener("DOMContentLoaded", function () {
    root.classList.add("js");
    if (asked) { speak(asked[1]); }
    document.querySelectorAll("button[data-to]").forEach(function (button) {
      button.addEventListener("click", function () {
        speak(button.dataset.to);
        keep(button.dataset.to);
        document.querySelector('button[data-to="' + (button.dataset.to === "zh" ? "en" : "zh") + '"]').focus();
      });
    });
    document.querySelector("button[data-print]").addEventListener("click", function () { window.print(); });
    document.querySelectorAll("table.sortable").forEach(makeSortable);
  });
}());
