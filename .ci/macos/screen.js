// What .ci/macos/look-at-app does on the screen, by System Events: osascript -l JavaScript screen.js ACT …
//
//   menu PID PICTURE       presses the icon of that process, takes a picture, prints what the menu says and shuts it again
//   notification ACT       does one of a notification's acts, such as Close; click is a press on it
//
// Each throws where there is no such thing, or where this process may not look.

function run([act, ...rest]) {
  const events = Application("System Events");
  const acts = { menu, notification };
  return acts[act](events, ...rest);
}

function menu(events, pid, picture) {
  const wick = events.processes.whose({ unixId: Number(pid) })[0];
  const bars = wick.menuBars();
  const icon = bars[bars.length - 1].menuBarItems[0];
  const label = icon.description();
  try {
    icon.actions.byName("AXPress").perform();
  } catch (_) {
    // While the menu is open the app gives no answer to the press.
  }
  delay(1);
  const shell = Application.currentApplication();
  shell.includeStandardAdditions = true;
  try {
    shell.doShellScript(`/usr/sbin/screencapture -x '${picture}'`);
  } catch (_) {
    // Not every runner may record its screen.
  }
  const names = icon.menus[0].menuItems.name();
  events.keyCode(53);
  return [label, ...names.filter((name) => name)].join("\n");
}

function notification(events, act) {
  const center = events.processes.byName("NotificationCenter");
  const element = find(center.windows(), (element) => {
    const kind = element.subrole() || "";
    return kind.startsWith("AXNotificationCenter") && (act === "click" || named(element, act));
  });
  if (!element) throw new Error(`no notification has the act ${act}`);
  (act === "click" ? element.actions.byName("AXPress") : named(element, act)).perform();
  return act;
}

function named(element, act) {
  return element.actions().find((action) => action.description() === act);
}

// The first that is meant, of these and all within them.
function find(elements, isMeant) {
  for (const element of elements) {
    if (isMeant(element)) return element;
    const within = find(element.uiElements(), isMeant);
    if (within) return within;
  }
  return null;
}
