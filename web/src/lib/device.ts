/** What this installation is called among the viewer's devices, and what time it is there. */

/** The id stays the same for one browser; another browser on the same machine is another device. */
export function device(): { deviceId: string; deviceName: string; deviceKind: string } {
  const [browser = "Browser"] = /Firefox|Edg|Chrome|Safari/.exec(navigator.userAgent) ?? [];
  const [system = "this device"] = /Android|iPhone|iPad|Mac|Windows|Linux/.exec(navigator.userAgent) ?? [];
  const deviceId = (localStorage["marquee:device"] ??= crypto.randomUUID()) as string;
  const deviceKind = matchMedia("(pointer: coarse)").matches ? "MOBILE" : "WEB";
  return { deviceId, deviceName: `${browser} on ${system}`, deviceKind };
}

/** The server's time from now on, from what it said a moment ago: a device with a wrong date is told apart by nobody. */
export function clockFrom(serverTime: string): () => string {
  const ahead = Date.now() - Date.parse(serverTime);
  return () => new Date(Date.now() - ahead).toISOString();
}
