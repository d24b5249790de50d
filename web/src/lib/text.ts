/** Words and figures for people. */

/** The parts that there are, with dots between. */
export const list = (...parts: unknown[]) => parts.filter(Boolean).join(" · ");

/** 5040 is "1 h 24 min". */
export function runtime(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
