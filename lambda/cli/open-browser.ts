import { spawn } from "node:child_process";
import { platform } from "node:os";

/** The program of a system that opens an address in the browser that its user chose. */
function opener(address: string): readonly [command: string, arguments_: readonly string[]] {
  switch (platform()) {
    case "darwin":
      return ["open", [address]];
    case "win32":
      // Not `start`: the shell would read the address.
      return ["rundll32", ["url.dll,FileProtocolHandler", address]];
    default:
      return ["xdg-open", [address]];
  }
}

/** Opens an address in the browser, if there is one. Never fails, and never waits. */
export function openBrowser(address: string): void {
  const [command, arguments_] = opener(address);
  try {
    const child = spawn(command, arguments_, { detached: true, stdio: "ignore" });
    child.on("error", () => {});
    child.unref();
  } catch {
    // The address is printed too.
  }
}
