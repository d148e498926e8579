// The start page: whose phones are on the desk.
const list = document.getElementById("phones");
for (const phone of await (await fetch("/phones")).json()) {
  const link = document.createElement("a");
  link.href = `/phones/${phone.key}`;
  link.textContent = `${phone.name}: ${phone.about}`;
  list.append(Object.assign(document.createElement("li"), {}));
  list.lastChild.append(link);
}
