/** Words and figures for people. */

/** The parts that there are, with dots between. */
export const list = (...parts: unknown[]) => parts.filter(Boolean).join(" · ");

/** 5040 is "1 h 24 min". */
export function runtime(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 5040 is "1:24:00", 75 is "1:15". */
export function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const parts = hours ? [hours, String(minutes).padStart(2, "0")] : [minutes];
  return [...parts, String(rest).padStart(2, "0")].join(":");
}
