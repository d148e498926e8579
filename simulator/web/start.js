// The start page: whose phones are here, and what each is there to show.
import { el } from "./widgets.js";

const phones = await (await fetch("/phones")).json();
document.getElementById("phones").append(...phones.map((phone) => el("li", {}, el("a", { href: `/phones/${phone.key}` },
  el("span", { class: "phone", "aria-hidden": "true" }, [...phone.name][0]),
  el("span", {}, el("strong", {}, phone.name), el("small", { lang: "en" }, phone.about))))));
