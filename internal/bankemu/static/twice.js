// The planned fault duplicate-callback: the service's address is called out of sight, and then opened.
"use strict";
const to = document.getElementById("callback").href;
fetch(to, { mode: "no-cors", credentials: "include" }).catch(() => {}).finally(() => location.replace(to));
