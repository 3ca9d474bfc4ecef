// Small help for pages that already work without it. Each piece looks for its own data attribute.

function focusErrors() {
  const summary = document.querySelector(".error-summary");
  if (!summary) return;
  document.title = `${summary.dataset.title} ${document.title}`;
  summary.focus();
}

function revealPasswords() {
  for (const button of document.querySelectorAll("[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
    });
  }
}

async function copyFrom(input) {
  input.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(input.value);
  else document.execCommand("copy"); // plain HTTP on a local network has no clipboard of its own
}

function copyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await copyFrom(document.getElementById(button.dataset.copy));
      button.textContent = button.dataset.done;
    });
  }
}

// <button data-fill="here" data-for="attendance">: chooses "here" in every .segments[data-group=attendance].
function fillButtons() {
  for (const button of document.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const wanted = CSS.escape(button.dataset.fill);
      const groups = document.querySelectorAll(`[data-group="${CSS.escape(button.dataset.for)}"]`);
      for (const group of groups) {
        const radio = group.querySelector(`input[value="${wanted}"]`);
        if (radio) radio.checked = true;
      }
      button.closest("form")?.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

// Says at once what the server would say after a long upload.
function checkSizes() {
  for (const input of document.querySelectorAll("input[type=file][data-most]")) {
    const note = document.querySelector(`[data-too-large="${CSS.escape(input.id)}"]`);
    input.addEventListener("change", () => {
      const large = [...input.files].some((file) => file.size > Number(input.dataset.most));
      if (large) input.value = "";
      note.hidden = !large;
    });
  }
}

function guardUnsaved() {
  let dirty = false;
  for (const form of document.querySelectorAll("form[data-guard]")) {
    form.addEventListener("input", () => { dirty = true; });
    form.addEventListener("change", () => { dirty = true; });
  }
  document.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}

// A second tap while the first is under way would send the form twice.
function sendOnce() {
  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
    const slow = form.enctype === "multipart/form-data";
    setTimeout(release, slow ? 300000 : 8000); // an answer that is a file leaves this page standing
  });
  window.addEventListener("pageshow", release);
}

function closeMenus() {
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A page that only hands something on sends its form by itself.
function goOn() {
  document.querySelector("form[data-onwards]")?.requestSubmit();
}

function showCurrentNav() {
  document.querySelector(".nav [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
}

focusErrors();
revealPasswords();
copyButtons();
fillButtons();
checkSizes();
guardUnsaved();
sendOnce();
closeMenus();
showCurrentNav();
goOn();
