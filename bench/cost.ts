export interface Cost {
  readonly seconds: number;
  /** Of the processor, of all threads of this process. */
  readonly cpuSeconds: number;
}

/** What a piece of work takes. */
export async function costOf(work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}
