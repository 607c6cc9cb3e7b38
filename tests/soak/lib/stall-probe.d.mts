/** How long the main thread of this process has been ready and had no core, milliseconds; 0 where the system does not say so. */
export function waitedMs(): number;
