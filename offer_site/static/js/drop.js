// A file dropped anywhere on the page goes into the form's own field and is sent. Without this the field works alone.
const form = document.querySelector("form[data-drop]");
const field = form.querySelector("input[type=file]");
const refusal = form.querySelector("[data-refusal]");
let depth = 0;

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const show = (over) => form.classList.toggle("drop-over", over);

function isTooLarge() {
  const large = [...field.files].some((file) => file.size > Number(form.dataset.largest));
  refusal.hidden = !large;
  if (large) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return large;
}

document.addEventListener("dragenter", (event) => {
  if (carriesFiles(event)) show(++depth > 0);
});
document.addEventListener("dragleave", (event) => {
  if (carriesFiles(event)) show(--depth > 0);
});
document.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  show(Boolean((depth = 0)));
  const chosen = new DataTransfer();
  if (event.dataTransfer.files.length) chosen.items.add(event.dataTransfer.files[0]);
  field.files = chosen.files;
  if (field.files.length && !isTooLarge()) form.requestSubmit();
});
field.addEventListener("change", isTooLarge);
form.addEventListener("submit", (event) => {
  if (isTooLarge()) event.preventDefault();
});
