(() => {
  const form = document.getElementById("form");
  const answers = document.getElementById("answers");
  const kind = form.dataset.form;
  const most = 10;

  const made = (name, text = "", className = "") => {
    const element = document.createElement(name);
    element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  /* A table of names with numbers: probabilities with a bar, the largest first. */
  const tableOf = (values, title, chosen) => {
    const holder = made("div", "", "wide");
    const table = holder.appendChild(made("table"));
    table.appendChild(made("caption", title, "unseen"));
    const head = table.appendChild(made("thead")).appendChild(made("tr"));
    head.append(made("th", "Name"), made("th", title, "number"));
    const body = table.appendChild(made("tbody"));
    const isShare = title === "Probability";
    const pairs = Object.entries(values);
    if (isShare) pairs.sort((one, other) => other[1] - one[1]);
    for (const [name, value] of pairs.slice(0, most)) {
      const row = body.appendChild(made("tr"));
      row.appendChild(made("td", name, chosen.includes(name) ? "text good" : "text"));
      const cell = row.appendChild(made("td", "", "number"));
      if (isShare) cell.appendChild(made("span", "", "bar")).style.setProperty("--share", value);
      cell.append(isShare ? `${(100 * value).toFixed(1)} %` : Number(value.toPrecision(6)));
    }
    if (pairs.length > most) holder.appendChild(made("p", `${most} of ${pairs.length} names.`, "note"));
    return holder;
  };

  const shown = (prediction) => {
    if (prediction.error) return [made("p", prediction.error, "wrong")];
    const labels = prediction.labels ?? (prediction.label === undefined ? [] : [prediction.label]);
    const parts = [];
    if (labels.length) parts.push(made("h3", labels.join(", ")));
    if (prediction.labels && !labels.length) parts.push(made("h3", "none"));
    if (prediction.probabilities) parts.push(tableOf(prediction.probabilities, "Probability", labels));
    else if (prediction.predictions) parts.push(tableOf(prediction.predictions, "Prediction", []));
    if (!parts.length) parts.push(made("pre", JSON.stringify(prediction, null, 2)));
    return parts;
  };

  const show = (titles, files, predictions) => {
    answers.replaceChildren();
    predictions.forEach((prediction, at) => {
      const answer = answers.appendChild(made("div", "", "answer"));
      const text = made("div", "", files[at] ? "" : "no-picture");
      if (files[at]) {
        const picture = made("img");
        picture.alt = titles[at];
        picture.onerror = () => { picture.remove(); text.className = "no-picture"; };
        picture.onload = () => URL.revokeObjectURL(picture.src);
        picture.src = URL.createObjectURL(files[at]);
        answer.appendChild(picture);
        text.appendChild(made("p", titles[at], "quiet small"));
      }
      text.append(...shown(prediction));
      answer.appendChild(text);
    });
  };

  const send = async (body, headers, titles, files) => {
    answers.replaceChildren(made("p", "Predicting…", "quiet"));
    try {
      const response = await fetch("predict", { method: "POST", body, headers });
      const answer = await response.json();
      show(titles, files, answer.predictions ?? [{ error: answer.error }]);
    } catch (error) {
      answers.replaceChildren(made("p", `The server does not answer: ${error.message}`, "wrong"));
    }
  };

  const sendFiles = (files) => {
    const chosen = [...files];
    if (!chosen.length) return;
    const body = new FormData();
    for (const file of chosen) body.append("file", file);
    send(body, {}, chosen.map((file) => file.name), chosen);
  };

  const sendTyped = () => {
    const typed = [...form.querySelectorAll("textarea")].map((each) => each.value);
    let input = kind === "texts" ? typed : typed[0];
    if (kind === "array") {
      try {
        input = JSON.parse(input);
      } catch (error) {
        answers.replaceChildren(made("p", `These numbers are not JSON: ${error.message}`, "wrong"));
        return;
      }
    }
    send(JSON.stringify({ inputs: [input] }), { "Content-Type": "application/json" }, [""], [null]);
  };

  const drop = document.getElementById("drop");
  if (drop) {
    const chooser = document.getElementById("files");
    chooser.addEventListener("change", () => { sendFiles(chooser.files); chooser.value = ""; });
    for (const event of ["dragenter", "dragover"]) {
      drop.addEventListener(event, (happened) => { happened.preventDefault(); drop.classList.add("over"); });
    }
    for (const event of ["dragleave", "drop"]) drop.addEventListener(event, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (happened) => { happened.preventDefault(); sendFiles(happened.dataTransfer.files); });
  }
  form.addEventListener("submit", (happened) => { happened.preventDefault(); sendTyped(); });
  for (const each of form.querySelectorAll("textarea")) {
    each.addEventListener("keydown", (happened) => {
      if (happened.key === "Enter" && (happened.ctrlKey || happened.metaKey)) { happened.preventDefault(); form.requestSubmit(); }
    });
  }
})();
