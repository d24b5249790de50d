/** What this installation is called among the viewer's devices. */

/** The id stays the same for one browser; another browser on the same machine is another device. */
export function device(): { deviceId: string; deviceName: string; deviceKind: string } {
  const [browser = "Browser"] = /Firefox|Edg|Chrome|Safari/.exec(navigator.userAgent) ?? [];
  const [system = "this device"] = /Android|iPhone|iPad|Mac|Windows|Linux/.exec(navigator.userAgent) ?? [];
  const deviceId = (localStorage["marquee:device"] ??= crypto.randomUUID()) as string;
  const deviceKind = matchMedia("(pointer: coarse)").matches ? "MOBILE" : "WEB";
  return { deviceId, deviceName: `${browser} on ${system}`, deviceKind };
}
