// Passkeys: asks the server for a challenge and the browser for an answer, and sends that with the form around it.
// <form data-passkey="use" or "new" data-challenge="address of the challenge">

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function challengeFor(form) {
  const headers = { "X-CSRF-Token": form.elements.csrf_token.value };
  const answer = await fetch(form.dataset.challenge, { method: "POST", headers });
  if (!answer.ok) throw new Error(`the challenge answered ${answer.status}`);
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const one of list ?? []) one.id = bytes(one.id);
  }
  return options;
}

function asJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

async function answer(form) {
  const publicKey = await challengeFor(form);
  const making = form.dataset.passkey === "new";
  const credential = making
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  form.querySelector("[data-passkey-answer]").value = asJson(credential);
  form.requestSubmit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const start = form.querySelector("[data-passkey-start]");
  const trouble = form.querySelector("[data-passkey-trouble]");
  const able = window.isSecureContext && "PublicKeyCredential" in window;
  start.hidden = !able;
  form.querySelector("[data-passkey-none]").hidden = able;
  form.addEventListener("submit", (event) => {
    if (!form.querySelector("[data-passkey-answer]").value) event.preventDefault(); // Enter in the name's field
  });
  start.addEventListener("click", async () => {
    if (!form.reportValidity()) return;
    trouble.hidden = true;
    start.disabled = true;
    try {
      await answer(form);
    } catch {
      trouble.hidden = false; // stopped by the person, too late, or not possible: the browser doesn't tell which
    }
    start.disabled = false;
  });
}
