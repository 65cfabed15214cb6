// Helps, and is never needed. It shows the [hidden] buttons that it can serve, and hides nothing.
const say = (button, words) => {
  if ("done" in button.dataset) return;
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  label.textContent = words;
  button.dataset.done = "";
  setTimeout(() => {
    label.textContent = before;
    delete button.dataset.done;
  }, 2500);
};

if (navigator.clipboard)
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        say(button, button.dataset.copied);
      } catch {
        // Refused in other programs: the value lies selected.
        const value = button.closest(".copy-line")?.querySelector("[data-value]");
        if (value) getSelection().selectAllChildren(value);
      }
    });
  }

if (navigator.share)
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { title, text, address, file } = button.dataset;
      const shared = { title, text, url: address };
      try {
        if (file) {
          const blob = await (await fetch(file)).blob();
          const files = [new File([blob], file.split("/").pop(), { type: blob.type })];
          if (navigator.canShare?.({ files })) shared.files = files;
        }
        await navigator.share(shared);
      } catch (error) {
        if (error.name !== "AbortError") throw error;
      }
    });
  }

// What a pattern does not take is said on leaving a field.
for (const line of document.querySelectorAll("[data-wrong]")) {
  const field = line.parentNode.querySelector("input");
  field.pattern = line.dataset.wrong;
  const say = () => {
    line.hidden = field.validity.valid;
    field.ariaInvalid = !line.hidden;
    line.parentNode.querySelector(".field-errors")?.remove();
  };
  field.addEventListener("input", () => field.validity.valid && say());
  field.addEventListener("change", () => setTimeout(say, 300));
}

const isTyped = () =>
  [...document.querySelectorAll("main input, main textarea")].some(
    (each) => each.value !== each.defaultValue || each.checked !== each.defaultChecked,
  );

// Asks for words; another state renews an untouched page.
for (const line of document.querySelectorAll("[data-live]")) {
  const look = async () => {
    if (document.hidden) return;
    const words = line.querySelector("[data-words]");
    try {
      const answer = await fetch(line.dataset.live, { headers: { Accept: "application/json" } });
      const now = await answer.json();
      if (now.state !== line.dataset.state && !isTyped()) location.reload();
      else words.textContent = now.words;
    } catch {
      words.textContent = line.dataset.lost;
    }
  };
  setInterval(look, 10000);
  document.addEventListener("visibilitychange", look);
}
