import { readFile } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';
import type { EmbeddingModels } from '../core/embedding-models.ts';

/** The processes in which models live; read from the system when somebody asks. */
export function registerModelMetrics(registry: Registry, models: EmbeddingModels): void {
  new Gauge({
    name: 'viewfinder_models_loaded',
    help: 'Models that are loaded now, each in a process of its own, by plugin.',
    labelNames: ['plugin'] as const,
    registers: [registry],
    collect() {
      for (const { name } of models.plugins) this.set({ plugin: name }, 0);
      for (const { plugin } of models.processes) this.inc({ plugin });
    },
  });
  new Gauge({
    name: 'viewfinder_model_memory_bytes',
    help: 'Memory of the processes of loaded models, by plugin; told on Linux alone.',
    labelNames: ['plugin'] as const,
    registers: [registry],
    async collect() {
      const processes = models.processes.map(async ({ plugin, pid }) => ({ plugin, bytes: await memoryOf(pid) }));
      this.reset();
      for (const { plugin, bytes } of await Promise.all(processes)) this.inc({ plugin }, bytes);
    },
  });
}

/** Bytes that the process has in memory; 0 where it has just ended, or the system does not say. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
