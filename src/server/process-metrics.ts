import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Figures of the service's own process, under the names that dashboards know. Models live in processes of their own.
 * Those that prom-client collects by itself watch the process for as long as it lives; these end with the service.
 */
export function registerProcessMetrics(registry: Registry): Disposable {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, of user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge('process_start_time_seconds', 'When it began, in seconds since 1970.', () => performance.timeOrigin / 1000);
  gauge('process_resident_memory_bytes', 'Memory, native parts included.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Memory of JavaScript.', () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Memory of buffers.', () => process.memoryUsage().external);
  gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'Delay of the event loop since the last time that it was asked for.',
    () => {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return seconds;
    },
  );
  return { [Symbol.dispose]: () => delay.disable() };
}
